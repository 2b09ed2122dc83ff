/** One that never answers, and says who it is where it is told a file. */
import { writeFileSync } from 'node:fs';

export const open = () => () => {
  if (process.env.NASCENT_TEST_PID_FILE)
    writeFileSync(process.env.NASCENT_TEST_PID_FILE, String(process.pid));
  for (;;);
};
