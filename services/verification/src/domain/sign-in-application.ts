import { refuse } from '@countersign/kernel';
import type { Application, Ports } from '../ports.js';

/** The application a person signs in to. @throws `client_unknown`, `client_cannot_sign_in` */
export function signInApplication(ports: Ports, clientId: string): Application {
  const application = ports.applications.byClient(clientId);
  if (application.type === 'server') throw refuse('client_cannot_sign_in');
  return application;
}
