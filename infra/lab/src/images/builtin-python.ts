import { access, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LabConfig } from "../base/config.ts";
import { LabError } from "../base/lab-error.ts";
import { runCommand } from "../base/run-command.ts";
import { busyboxLayer } from "./builtin-base.ts";
import { baseEntries, copyFile, copyFolder, link } from "./entries.ts";
import type { ImageEntry, ImageSpec } from "./image-spec.ts";
import { collectLibraries } from "./library-closure.ts";

/** pytest and what it needs; a new version is a new line here and in the tests' expectations. */
export const pytestPins = [
  "pytest==9.2.0",
  "pluggy==1.7.0",
  "iniconfig==2.3.1",
  "packaging==26.3",
  "pygments==2.21.0",
];
const python = "/usr/bin/python3";
/** Parts of the standard library that no test suite in a container needs. */
const unwanted =
  /^(test|idlelib|lib2to3|tkinter|turtledemo|ensurepip|pydoc_data|config-[^/]*|[^/]*\/tests?)$|(^|\/)__pycache__$/;

/** Debian's Python with its standard library and pytest, and busybox for scripts. */
export async function pythonImage(config: LabConfig): Promise<ImageSpec> {
  const version = (
    await runCommand(python, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
  ).trim();
  const library = `/usr/lib/python${version}`;
  const stage = await preparePython(config, library, `/usr/local/lib/python${version}/dist-packages`);
  const extensions = await listExtensions(library);
  const program = `/usr/bin/python${version}`;
  const pythonEntries: ImageEntry[] = [
    ...baseEntries(),
    ...(await collectLibraries([program, ...extensions])),
    copyFile(program, program, 0o755),
    link("/usr/bin/python3", `python${version}`),
    link("/usr/bin/python", `python${version}`),
    ...(await copyFolder(join(stage, "library"), library)),
  ];
  const packages = `/usr/local/lib/python${version}/dist-packages`;
  const testEntries = [
    ...(await copyFolder(join(stage, "packages"), packages, (path) => path !== "bin")),
    copyFile(join(stage, "packages", "bin", "pytest"), "/usr/local/bin/pytest", 0o755),
  ];
  return {
    name: "seatrial/python",
    tag: "lab",
    layers: [pythonEntries, await busyboxLayer(), testEntries],
    config: { command: ["python3"], environment: { PYTHONUNBUFFERED: "1" } },
  };
}

/**
 * Copies the standard library and installs pytest into a folder of the image cache, compiled by content hash: the
 * image's files all carry one time, so Python's usual check by time would compile them again at every start.
 */
async function preparePython(config: LabConfig, library: string, packages: string): Promise<string> {
  const patch = (await runCommand(python, ["--version"])).trim().replace(/\W+/g, "-").toLowerCase();
  const stage = join(config.imageCacheFolder, "stages", `${patch}-${pytestPins[0]?.replace("==", "-")}`);
  if (await exists(stage)) return stage;
  const temporary = `${stage}.${process.pid}.new`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(join(temporary, "library"), { recursive: true });
  await copyLibrary(library, join(temporary, "library"));
  await installPackages(config, join(temporary, "packages"));
  await compile(join(temporary, "library"), library);
  await compile(join(temporary, "packages"), packages);
  await rename(temporary, stage).catch(async (error: unknown) => {
    // Another process was faster: its stage is as good.
    if (!(await exists(stage))) throw error;
    await rm(temporary, { recursive: true, force: true });
  });
  return stage;
}

async function copyLibrary(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    if (unwanted.test(name)) continue;
    await runCommand("cp", ["--recursive", "--no-preserve=mode", join(from, name), to]);
  }
  await runCommand("find", [to, "-name", "__pycache__", "-prune", "-exec", "rm", "-r", "{}", "+"]);
}

async function installPackages(config: LabConfig, target: string): Promise<void> {
  const options = { environment: config.environment, timeoutSeconds: 300 };
  const command = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--no-deps",
    "--no-compile",
    "--disable-pip-version-check",
  ];
  try {
    await runCommand(
      python,
      [...command, "--root-user-action=ignore", "--target", target, ...pytestPins],
      options,
    );
  } catch (error) {
    const advice = "The python image needs pip (Debian: `apt-get install python3-pip`) and a package index.";
    throw new LabError("image_invalid", `${advice} ${String(error)}`, { cause: error });
  }
}

async function compile(folder: string, pathInImage: string): Promise<void> {
  const mode = ["--invalidation-mode", "unchecked-hash"];
  // A file that is meant not to compile (templates) is no reason to stop.
  await runCommand(python, ["-m", "compileall", "-q", ...mode, "-s", folder, "-p", pathInImage, folder], {
    timeoutSeconds: 300,
  });
}

async function listExtensions(library: string): Promise<string[]> {
  const folder = join(library, "lib-dynload");
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(".so")).map((name) => join(folder, name));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
