import { TOPOLOGY, type CallerName, type Edge, type ServiceName } from '../src/index.js';

/** What docs/architecture.md says about who calls whom, as the table of edges yields it: a drawing and every method. */
export const topologyDocument = (): string => [drawing(), table(), background()].join('\n\n');

const calls = TOPOLOGY.filter((edge) => !edge.background);

function drawing(): string {
  const pairs = [...new Set(calls.map(({ from, to }) => `${from} ${to}`))];
  const arrows = pairs.map((pair) => {
    const [from, to] = pair.split(' ') as [CallerName, ServiceName];
    return `  ${from} -->|"${purposes(from, to).join('<br/>')}"| ${to}`;
  });
  return ['```mermaid', 'flowchart LR', ...arrows, '```'].join('\n');
}

const purposes = (from: CallerName, to: ServiceName): string[] =>
  calls.filter((edge) => edge.from === from && edge.to === to).map(({ purpose }) => purpose);

function table(): string {
  const rows = calls.map(({ from, to, methods, authority }) => row(from, to, methods.join(', '), authority));
  return [row('from', 'to', 'methods', 'authority'), row('---', '---', '---', '---'), ...rows].join('\n');
}

const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;

/** Streams in the background: no start order follows them. */
function background(): string {
  const streams = Map.groupBy(
    TOPOLOGY.filter((edge) => edge.background),
    ({ to, methods }: Edge) => `${to}.${methods.join(', ')}`,
  );
  const lines = [...streams].map(([stream, edges]) => {
    const callers = edges.map(({ from }) => from).join(', ');
    return `- \`${stream}\` (${edges[0]!.purpose}): called by ${callers}`;
  });
  return ['In the background, outside the start order:', '', ...lines].join('\n');
}
