import type { Countersign } from '@countersign/sdk-web';
import { createContext, useContext } from 'react';
import type { BankApi } from '../bank-api.js';

export interface Services {
  countersign: Countersign;
  bank: BankApi;
}

const ServicesContext = createContext<Services | undefined>(undefined);
export const ServicesProvider = ServicesContext.Provider;

/** What the screens talk to. */
export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error('no services around this component');
  return services;
}
