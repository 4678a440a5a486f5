// Loaded first into an installation whose vault is the double: the name of a vault, which the client insists on, leads here.
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(name.endsWith('.vault.azure.net') ? '127.0.0.1' : name, ...rest);
syncBuiltinESMExports();
