import { once } from 'node:events';
import { run } from './run.js';

/** Whoever reads may close early, as `head` does: that ends the run, and is no failure of ours. */
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 2));

const writer = (stream: NodeJS.WriteStream) => async (text: string) => {
  if (!stream.write(text)) await once(stream, 'drain');
};

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  out: writer(process.stdout),
  err: writer(process.stderr),
});
