// The example "Making a request" of the documentation, in C.
#include "hook.h"

hook_result run(hook_text event) {
  (void)event;
  http_result call = http_get(TEXT("https://api.stripe.com/v1/customers"),
                              (http_options){
                                  .auth = http_bearer(secrets_get(TEXT("stripe_api_key"))),
                                  .timeout = http_milliseconds(10000),
                              });
  if (call.failure != NULL) return hook_failed(call.failure);
  const http_response *res = call.response;

  if (!res->ok) {
    json_writer fields = {0};
    json_begin_object(&fields);
    json_put_name(&fields, "status");
    json_put_integer(&fields, res->status);
    json_put_name(&fields, "body");
    if (res->body.type == HTTP_JSON) json_put_json(&fields, res->body.content);
    else json_put_string(&fields, res->body.content);
    json_end_object(&fields);
    log_error(TEXT("Stripe call failed"), json_text(&fields));
    return hook_error(TEXT("Stripe call failed"));
  }

  hook_text customers = json_member(http_json_of(res), "data");
  return hook_ok(customers);
}
