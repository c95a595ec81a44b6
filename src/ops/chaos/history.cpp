#include "ops/chaos/history.hpp"

#include "base/json.hpp"

namespace flotilla::ops::chaos {

std::string_view name_of(Allows allows) {
  switch (allows) {
    case Allows::nothing:
      return "nothing";
    case Allows::in_flight:
      return "in flight";
    case Allows::meanwhile:
      return "meanwhile";
  }
  return "";
}

std::string_view name_of(Request::Kind kind) {
  static constexpr std::string_view kNames[] = {"create", "update", "get", "list", "destroy", "publish"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view name_of(Request::Outcome outcome) {
  static constexpr std::string_view kNames[] = {"done", "failed", "wrong"};
  return kNames[static_cast<std::size_t>(outcome)];
}

std::string as_line(const Request& r) {
  return json::dump(JsonObject{{"request", name_of(r.kind)},
                               {"outcome", name_of(r.outcome)},
                               {"client", r.client},
                               {"key", r.key},
                               {"value", r.value},
                               {"id", r.id},
                               {"found", r.found},
                               {"status", r.status},
                               {"node", r.node},
                               {"said", r.said},
                               {"begunUs", r.begun.count()},
                               {"endedUs", r.ended.count()}}) +
         "\n";
}

std::string as_line(const Look& l) {
  return json::dump(JsonObject{{"look", l.node},
                               {"id", l.id},
                               {"status", l.status},
                               {"askedUs", l.asked.count()},
                               {"answeredUs", l.answered.count()}}) +
         "\n";
}

std::string as_line(const Strike& s) {
  return json::dump(JsonObject{{"fault", s.fault},
                               {"begunUs", s.begun.count()},
                               {"madeUs", s.made.count()},
                               {"mendedUs", s.mended.count()},
                               {"endedUs", s.ended.count()},
                               {"problem", s.problem}}) +
         "\n";
}

}  // namespace flotilla::ops::chaos
