/** Where the environment under test answers. */
export const baseUrl = process.env.BASE_URL ?? "http://localhost:9898";
