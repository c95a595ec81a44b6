#include "cluster/signal/envelope.hpp"

namespace flotilla::cluster {

std::string SignalEnvelope::text() const {
  JsonObject out = {{"publisherId", publisher}};
  if (options.skip_self) out["skipSelf"] = true;
  if (options.only_self) out["onlySelf"] = true;
  if (published_at) out["publishedAt"] = std::int64_t{published_at->time_since_epoch().count()};
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
  SignalEnvelope out{std::string(json::text(object, "publisherId")),
                     {json::truthy(object, "skipSelf"), json::truthy(object, "onlySelf")},
                     *message};
  if (const Json* at = json::find(object, "publishedAt"); at && at->is_int64())
    out.published_at = UnixMs(std::chrono::milliseconds(at->get_int64()));
  return out;
}

bool SignalEnvelope::reaches(const NodeId& self) const {
  if (options.only_self && publisher != self) return false;
  return !(options.skip_self && publisher == self);
}

}  // namespace flotilla::cluster
