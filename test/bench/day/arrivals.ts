import type { Random } from "../../faults/seeded-random.ts";

/** Eight hours of work, each relative to the mean: a morning, a lunch, an afternoon. Its mean is 1. */
const hours = [0.7, 1.2, 1.2, 0.7, 0.9, 1.2, 1.2, 0.9];
/** Commits of a burst, such as pushes after a review or pull requests on top of each other; 2 in the mean. */
const burstSizes = [1, 1, 1, 2, 2, 3, 4];
/** Between two of a burst, of the day: about half a minute of eight hours. */
const gapShare = 0.001;

/** When commits come, in seconds of a day of this length, in order: bursts whose number follows the hours. */
export function makeArrivals(random: Random, count: number, daySeconds: number): number[] {
  const times: number[] = [];
  while (times.length < count) {
    let share = shareOfDay(random());
    const size = burstSizes[Math.floor(random() * burstSizes.length)] ?? 1;
    for (let one = 0; one < size && times.length < count; one += 1) {
      times.push(Math.min(1, share) * daySeconds);
      share += -Math.log(1 - random()) * gapShare;
    }
  }
  return times.sort((left, right) => left - right);
}

/** The moment of the day before which this share of its bursts has come. */
function shareOfDay(share: number): number {
  const total = hours.reduce((sum, weight) => sum + weight, 0);
  let left = share * total;
  for (const [hour, weight] of hours.entries()) {
    if (left < weight) return (hour + left / weight) / hours.length;
    left -= weight;
  }
  return 1;
}
