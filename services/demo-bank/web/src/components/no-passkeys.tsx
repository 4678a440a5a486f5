import { Alert } from '@mantine/core';

/** In place of what cannot work here. */
export const NoPasskeys = () => (
  <Alert role="alert" color="yellow" variant="light" title="This browser cannot use passkeys">
    Please use a current version of your browser, or open this page on your phone. On a shared or managed device,
    passkeys may have been switched off.
  </Alert>
);
