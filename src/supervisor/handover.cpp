#include "supervisor/handover.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/json.hpp"

namespace flotilla::supervisor {

namespace {

int number(const JsonObject& from, const char* name) { return static_cast<int>(from.at(name).as_int64()); }

}  // namespace

Descriptor Handover::written() const {
  JsonArray nodes;
  for (const Child& child : children)
    nodes.push_back(JsonObject{{"id", child.id},
                               {"slot", child.slot},
                               {"pid", child.pid},
                               {"control", child.control},
                               {"ready", child.ready},
                               {"version", child.version}});
  JsonArray sockets;
  for (const int listener : listeners) sockets.push_back(listener);
  const JsonObject all{{"format", kHandoverFormat},   {"program", program}, {"listeners", std::move(sockets)},
                       {"control", control},          {"asker", asker},     {"nextChild", next_child},
                       {"children", std::move(nodes)}};
  const std::string text = json::dump(all);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw Error(500, "no pipe for the supervisor's state");
  Descriptor out(ends[0]);
  const Descriptor in(ends[1]);
  if (::write(in.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw Error(500, "the supervisor's state does not fit into a pipe");
  return out;
}

Handover Handover::read(int file) {
  std::string text;
  char part[4096];
  for (ssize_t length; (length = ::read(file, part, sizeof part)) > 0;)
    text.append(part, static_cast<std::size_t>(length));
  try {
    const Json value = json::parse(text);
    const JsonObject& all = value.as_object();
    if (number(all, "format") != kHandoverFormat) throw Error(500, "its format is not known");
    Handover out{.program = std::string(all.at("program").as_string()),
                 .listeners = {},
                 .control = number(all, "control"),
                 .asker = number(all, "asker"),
                 .next_child = number(all, "nextChild"),
                 .children = {}};
    for (const Json& socket : all.at("listeners").as_array())
      out.listeners.push_back(static_cast<int>(socket.as_int64()));
    for (const Json& entry : all.at("children").as_array()) {
      const JsonObject& child = entry.as_object();
      out.children.push_back({number(child, "id"), number(child, "slot"), number(child, "pid"),
                              number(child, "control"), child.at("ready").as_bool(),
                              std::string(child.at("version").as_string())});
    }
    return out;
  } catch (const std::exception& error) {
    throw Error(500, fmt::format("the state of the supervisor cannot be read: {}", error.what()));
  }
}

std::vector<int> Handover::descriptors() const {
  std::vector<int> out = listeners;
  out.push_back(control);
  if (asker >= 0) out.push_back(asker);
  for (const Child& child : children) out.push_back(child.control);
  return out;
}

}  // namespace flotilla::supervisor
