import { getDomainWithoutSuffix } from 'tldts';
import type { LabelOf } from '../domain/registrable-labels.js';

/** By the Public Suffix List with its private part, as browsers know it: on `github.io` every user is a domain. */
export const registrableLabel: LabelOf = (host) =>
  getDomainWithoutSuffix(host, { allowPrivateDomains: true }) || undefined;
