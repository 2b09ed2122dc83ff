/** stdout is data, stderr is talk. */

/** One piece of data, ended by a newline, to stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** One line of talk, to stderr. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A reader that went away, as `| head` does, ends the command and is no error. */
export function endOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
}

/** Ends the process once what was written has gone out; handles that a library left open do not hold it. */
export function exitWhenWritten(exitCode: number): void {
  process.exitCode = exitCode;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
}
