import { Alert, Button, Stack, Text } from '@mantine/core';
import { messageFor } from '../problem-messages.js';

/** Says what went wrong and what to do; read out at once. Nothing when nothing did. */
export function ProblemAlert({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (error === undefined) return null;
  return (
    <Alert role="alert" color="red" variant="light" className="problem">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{messageFor(error)}</Text>
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
