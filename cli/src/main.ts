import { createProgram } from "./create-program.ts";
import { runProgram } from "./run-program.ts";

const words = process.argv.slice(2);
process.exitCode = await runProgram(await createProgram(words), words);
