// A process of its own that owns an embedded cluster until it is killed. Arguments: the built module, the data directory.
const [module, dataDir] = process.argv.slice(2);
const { startEmbeddedPostgres } = await import(module);
const server = await startEmbeddedPostgres({ dataDir, log: () => undefined });
process.stdout.write(`${JSON.stringify({ adminUrl: server.adminUrl })}\n`);
setInterval(() => undefined, 1_000);
