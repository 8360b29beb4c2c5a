/** One thing in an image. Paths are absolute inside the image; everything belongs to root and carries one fixed time. */
export type ImageEntry =
  | { readonly kind: "folder"; readonly path: string; readonly mode: number }
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly content: FileContent }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

export type FileContent = { readonly source: string } | { readonly text: string };

export type ImageConfig = {
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingFolder?: string;
};

export type ImageSpec = {
  /** Without the registry's address, for example `seatrial/node`. */
  readonly name: string;
  readonly tag: string;
  /** Lowest first. Images that begin with the same layers share them in the registry and in every cluster. */
  readonly layers: readonly (readonly ImageEntry[])[];
  readonly config: ImageConfig;
};

/** The user of every image, as a number: the restricted profile must see that it is not root. */
export const imageUser = 65532;
