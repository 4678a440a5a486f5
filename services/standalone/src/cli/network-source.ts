import { existsSync } from 'node:fs';
import type { ServiceName } from '@countersign/contracts';
import { GrpcNetwork, baseSettings, parsePeers, readTls, type Network } from '@countersign/platform';
import { z } from 'zod';
import { CLI, envFileOf } from '../settings-folder.js';
import { CommandFailed } from './command.js';
import { readSettings, valid } from './read-settings.js';

/** What the command line is told where services run elsewhere: `cli.env`. */
export const cliSettings = baseSettings.pick({ tlsCertFile: true, tlsKeyFile: true, tlsCaFile: true }).extend({
  peers: baseSettings.shape.peers.unwrap().describe('where services answer: service=name:port,service=ip:port|ip:port'),
  publicUrl: z.url().describe('where clients reach the API'),
});

/** The way to services that run, as the caller `cli`. */
export interface Reachable {
  publicUrl: string;
  network: Network;
  /** @throws CommandFailed when nobody said where it answers */
  require(service: ServiceName): void;
}

/**
 * Services over the network, where the folder has a `cli.env`; undefined where it has none.
 * @throws CommandFailed naming what is wrong in it, SettingsError naming a file it points to
 */
export function networkIn(folder: string): Reachable | undefined {
  const file = envFileOf(folder, CLI);
  if (!existsSync(file)) return undefined;
  const { peers: text, publicUrl, ...tls } = valid(readSettings(folder, CLI, cliSettings));
  const peers = parsePeers(text);
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, tlsCaFile: caFile } = tls;
  return {
    publicUrl: publicUrl.replace(/\/+$/, ''),
    network: new GrpcNetwork({ listen: '127.0.0.1:0', peers, tls: readTls({ certFile, keyFile, caFile }) }),
    require: (service) => {
      if (!peers[service])
        throw new CommandFailed(`COUNTERSIGN_PEERS in ${file} does not say where ${service} answers`);
    },
  };
}
