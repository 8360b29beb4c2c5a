import { createProgram } from "./create-program.ts";
import { exitCodes } from "./exit-codes.ts";
import { runProgram } from "./run-program.ts";

// `seatrial logs … | head` stops reading early: nobody is left to tell, so this ends without a word.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.unknown);
  throw error;
});

const words = process.argv.slice(2);
process.exitCode = await runProgram(await createProgram(words), words);
