import { HttpProblem, type Json } from '@countersign/standalone';

/** A form, as the OAuth endpoints take it. @throws HttpProblem when the answer is not 2xx */
export async function postForm(
  api: string,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Json> {
  const response = await fetch(`${api}/v1${path}`, { method: 'POST', body: new URLSearchParams(fields), headers });
  const text = await response.text();
  const answer = (text === '' ? {} : JSON.parse(text)) as Json;
  if (!response.ok) throw new HttpProblem(`POST ${path}`, response.status, answer, response.headers);
  return answer;
}
