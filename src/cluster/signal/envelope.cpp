#include "cluster/signal/envelope.hpp"

namespace flotilla::cluster {

std::string SignalEnvelope::text() const {
  JsonObject out = {{"publisherId", publisher}};
  if (options.skip_self) out["skipSelf"] = true;
  if (options.only_self) out["onlySelf"] = true;
  out["message"] = message;
  return json::dump(out);
}

std::optional<SignalEnvelope> SignalEnvelope::parse(std::string_view text) {
  bool ok = false;
  const Json parsed = json::try_parse(text, &ok);
  if (!ok || !parsed.is_object()) return std::nullopt;
  const JsonObject& object = parsed.as_object();
  const Json* message = json::find(object, "message");
  if (!message) return std::nullopt;
  return SignalEnvelope{std::string(json::text(object, "publisherId")),
                        {json::truthy(object, "skipSelf"), json::truthy(object, "onlySelf")},
                        *message};
}

bool SignalEnvelope::reaches(const NodeId& self) const {
  if (options.only_self && publisher != self) return false;
  return !(options.skip_self && publisher == self);
}

}  // namespace flotilla::cluster
