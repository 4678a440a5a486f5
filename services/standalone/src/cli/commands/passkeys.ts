import type { CommandBody, Context, Input } from '../command.js';
import { runImport, type ImportCounts, type RefusedLine } from '../import-run.js';
import { SeenCredentials } from '../seen-credentials.js';

/** Refusals that are told at once; all of them go into `--report`. */
const MOST_TOLD = 100;
const NOTE_EVERY_MS = 2_000;

export const passkeysImport: CommandBody = {
  options: {
    tenant: { value: '<slug>', help: 'whose people', required: true },
    'dry-run': { help: 'checks every line and keeps nothing' },
    report: { value: '<file>', help: 'writes each refused line as JSON: line, code, reason' },
  },
  notes: [
    'It can be stopped and run again: what is there already is counted and left as it is. Exit code 1 when a line was refused.',
  ],
  run: async (input, context) => {
    const refusals: RefusedLine[] = [];
    const counts = await importLines(input, context, refusals);
    const dryRun = input.given('dry-run');
    return {
      failed: counts.refused > 0,
      json: { dryRun, ...counts, refusals },
      lines: [...linesOf(counts, dryRun), ...refusals.map(toldOf), ...untold(counts, refusals)],
    };
  },
};

async function importLines(input: Input, context: Context, refusals: RefusedLine[]): Promise<ImportCounts> {
  const { enrollment, call } = await context.house.control();
  const report = input.given('report') ? context.writeLines(input.text('report')) : undefined;
  const send = async (lines: string[]) => {
    const request = { tenant: input.text('tenant'), lines, dryRun: input.given('dry-run') };
    return (await enrollment.importCredentials(request, call())).outcomes;
  };
  const onRefused = (refused: RefusedLine): void => {
    report?.write(JSON.stringify(refused));
    if (refusals.length < MOST_TOLD) refusals.push(refused);
  };
  try {
    const seen = input.given('dry-run') ? new SeenCredentials() : undefined;
    const counts = await runImport(context.readLines(input.argument), send, onRefused, progress(context.note), seen);
    if (seen?.isFull) context.note('Lines after the first million credentials were not compared with each other.');
    return counts;
  } finally {
    report?.close();
  }
}

/** Says how far it is, every other second. */
function progress(note: (line: string) => void): (counts: ImportCounts) => void {
  let next = Date.now() + NOTE_EVERY_MS;
  return ({ lines, refused }) => {
    if (Date.now() < next) return;
    next = Date.now() + NOTE_EVERY_MS;
    note(`${lines} lines, ${refused} refused`);
  };
}

const linesOf = ({ lines, imported, known, refused }: ImportCounts, dryRun: boolean): string[] => [
  `${lines} lines: ${imported} ${dryRun ? 'would be imported' : 'imported'}, ${known} there already, ${refused} refused`,
];

const toldOf = ({ line, code, reason }: RefusedLine): string => `  line ${line}  ${code}  ${reason}`;

const untold = ({ refused }: ImportCounts, { length }: RefusedLine[]): string[] =>
  refused > length ? [`  and ${refused - length} more; --report writes all`] : [];
