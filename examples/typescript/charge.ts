// The idempotency key of the documentation, as it is printed there: the variables come from the event.
import { Http } from "@backfill/http/hook";

interface Charge {
  readonly url: string;
  readonly body: unknown;
  readonly token: string;
  readonly myKey: string;
}

export function run({ url, body, token, myKey }: Charge): void {
  // oxfmt-ignore
  Http.post(url, body, {
    headers: {
      "Authorization": "Bearer " + token,
      "X-Idempotency-Key": myKey,
    },
  });
}
