import { Stack, Text } from '@mantine/core';
import { Link } from '../components/link.js';
import { Loaded } from '../components/loaded.js';
import { ScreenTitle } from '../components/screen-title.js';
import { useServices } from '../state/services.js';
import { useLoad } from '../state/use-load.js';
import { TransferForm } from './transfer-form.js';

/** A transfer to a payee that was confirmed before. */
export function NewTransfer() {
  const { bank } = useServices();
  const payees = useLoad(() => bank.payees());
  return (
    <Stack gap="lg">
      <ScreenTitle>New transfer</ScreenTitle>
      <div className="surface card">
        <Loaded state={payees}>
          {(list) =>
            list.length > 0 ? (
              <TransferForm payees={list} />
            ) : (
              <Text>
                You have no payees yet. <Link href="/payees/new">Add a payee</Link> first.
              </Text>
            )
          }
        </Loaded>
      </div>
    </Stack>
  );
}
