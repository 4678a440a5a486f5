export const HELP = `countersign-webauthn: judges recorded WebAuthn ceremonies, offline.

Usage: countersign-webauthn verify FILE.jsonl
       countersign-webauthn verify -            reads standard input
       countersign-webauthn --help

Each line of the file is one case, and each case gets one line:
  {"id":…,"verdict":"accept"|"reject","code":…,"clause":…}
code and clause are null where the ceremony is accepted. What makes a case is told in
docs/integrators/verify-recorded.md; why a line is none is told on standard error.

Exit code: 0 when every line was judged, 2 when the file or a line could not be read.
`;
