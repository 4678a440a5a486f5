import { passkeySupport, type PasskeySupport } from '@countersign/sdk-web';
import { useEffect, useState } from 'react';

/** What this browser can do; `undefined` until it has answered. */
export function usePasskeySupport(): PasskeySupport | undefined {
  const [support, setSupport] = useState<PasskeySupport>();
  useEffect(() => {
    let here = true;
    void passkeySupport().then((answer) => here && setSupport(answer));
    return () => {
      here = false;
    };
  }, []);
  return support;
}
