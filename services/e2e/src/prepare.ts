import { rmSync } from 'node:fs';
import { openDataDir, openInstallation } from '@countersign/standalone';

// Makes an installation as its first start would, up to where the services come, and leaves what lies in its folder.
const data = openDataDir(process.argv[2]!);
const publicUrl = 'http://localhost:1';
const installation = await openInstallation({ data, publicUrl, logLevel: 'silent', log: () => undefined });
await installation.stop();
rmSync(data.masterKeyFile, { force: true });
