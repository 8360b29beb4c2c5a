import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";

/** Bytes of one place that may hold a canary. */
export type Place = { name: string; bytes: Uint8Array };
export type Finding = { place: string; form: string; around: string };

export type Marker = {
  /** A canary of its own for one use; what the search looks for is in each of them. */
  mint: (use: string) => string;
  /** Where a canary of this marker stands, in any form and in what the bytes unpack to. */
  search: (places: readonly Place[]) => Finding[];
};

/** Canaries that one search finds all: each begins with the same random text. */
export function createMarker(): Marker {
  return markerOf(`cAnArY-${randomBytes(9).toString("hex")}/+`);
}

/** The same search for a secret that somebody else made. */
export function markerOf(core: string): Marker {
  const forms = formsOf(core);
  return {
    mint: (use) => `${core}${use}`,
    search: (places) =>
      places.flatMap(({ name, bytes }) =>
        unpacked(bytes).flatMap(({ how, bytes: inner }) =>
          forms.flatMap(({ form, needle }) => {
            const at = inner.indexOf(needle);
            return at < 0 ? [] : [{ place: name + how, form, around: surroundings(inner, at) }];
          }),
        ),
      ),
  };
}

type Form = { form: string; needle: Buffer };

/** Base64 of a text in the middle of another depends on where it begins, so there are three of each. */
function formsOf(core: string): Form[] {
  const bytes = Buffer.from(core);
  const aligned = [0, 1, 2].map((shift) => middleOfBase64(bytes, shift));
  const texts: [string, string][] = [
    ["plain", core],
    // Whatever a JSON writer or a url does to the punctuation, the letters stay.
    ["letters", core.slice(0, -2)],
    ["url", encodeURIComponent(core)],
    ["hex", bytes.toString("hex")],
    ["hex", bytes.toString("hex").toUpperCase()],
    ...aligned.flatMap((text): [string, string][] => [
      ["base64", text],
      ["base64url", text.replaceAll("+", "-").replaceAll("/", "_")],
      ...[0, 1, 2].map((shift): [string, string] => [
        "base64 of base64",
        middleOfBase64(Buffer.from(text), shift),
      ]),
    ]),
  ];
  return texts.map(([form, text]) => ({ form, needle: Buffer.from(text) }));
}

/** The digits that depend on these bytes alone, when `shift` others stand before them. */
function middleOfBase64(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString("base64")
    .replaceAll("=", "");
  const end = text.length - ((shift + bytes.length) % 3 === 0 ? 0 : 1);
  return text.slice(shift === 0 ? 0 : shift + 1, end);
}

/** The bytes as they are, and what gzip in them unpacks to; a tar holds its files as they are. */
function unpacked(bytes: Uint8Array): { how: string; bytes: Buffer }[] {
  const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isGzip = plain[0] === 0x1f && plain[1] === 0x8b;
  if (!isGzip) return [{ how: "", bytes: plain }];
  const inner = unpacked(gunzipSync(plain)).map(({ how, ...rest }) => ({
    how: ` (unpacked)${how}`,
    ...rest,
  }));
  return [{ how: "", bytes: plain }, ...inner];
}

const shownAround = 60;

function surroundings(bytes: Buffer, at: number): string {
  return bytes.toString("latin1", Math.max(0, at - shownAround), at + shownAround).replace(/[^ -~]/g, ".");
}
