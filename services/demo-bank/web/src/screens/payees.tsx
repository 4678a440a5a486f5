import { Button, Stack, Text } from '@mantine/core';
import { Card } from '../components/card.js';
import { Loaded } from '../components/loaded.js';
import { ScreenTitle } from '../components/screen-title.js';
import { formatIban } from '../format.js';
import { navigate } from '../state/routing.js';
import { useServices } from '../state/services.js';
import { useLoad } from '../state/use-load.js';

export function Payees() {
  const { bank } = useServices();
  const payees = useLoad(() => bank.payees());
  const add = <Button onClick={() => navigate('/payees/new')}>Add a payee</Button>;
  return (
    <Stack gap="lg">
      <ScreenTitle>Payees</ScreenTitle>
      <Card title="People you pay" description="Each was confirmed with a passkey once." actions={add}>
        <Loaded state={payees}>
          {(list) =>
            list.length === 0 ? (
              <Text c="dimmed">There is nobody here yet. Add the first person you want to pay.</Text>
            ) : (
              <ul className="rows">
                {list.map(({ id, name, iban }) => (
                  <li key={id} className="anywhere">
                    <Text fw={600}>{name}</Text>
                    <Text size="sm" c="dimmed">
                      {formatIban(iban)}
                    </Text>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
    </Stack>
  );
}
