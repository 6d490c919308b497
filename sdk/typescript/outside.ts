// What `@backfill/http/hook` is outside a hook. The names are there so that an import of them gets as far as the error.
const outside: unknown = undefined;
export {
  outside as Clock,
  outside as Crypto,
  outside as Http,
  outside as HttpError,
  outside as Log,
  outside as Random,
  outside as Secrets,
};

throw new Error(
  "@backfill/http/hook is there in a hook alone: build the file with `backfill build`, or run it with `backfill call`",
);
