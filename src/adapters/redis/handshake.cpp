#include "adapters/redis/link.hpp"

namespace flotilla::redis {

namespace {

using cluster::Unavailable;

enum class Step { sign_in, select, name, info };

void check(Step step, const Reply& reply, const std::string& service) {
  if (!reply.is_error()) return;
  const std::string& text = reply.text();
  if (step == Step::sign_in && (text.starts_with("ERR") || text.starts_with("WRONGPASS")))
    throw Unavailable(Unavailable::Why::auth, service, text);  // older servers say ERR for a wrong password
  if (step == Step::select && text.starts_with("ERR"))
    throw Unavailable(Unavailable::Why::refused, service, "SELECT: " + text);
  // A user may be forbidden to name itself or to look at the server: it can work without both.
  if (text.starts_with("NOPERM")) return;
  if (step == Step::name && text.starts_with("ERR")) return;
  throw_error(service, reply);
}

}  // namespace

Task<void> Link::handshake(cluster::Monotonic deadline) {
  std::vector<Command> commands;
  std::vector<Step> steps;
  const auto add = [&](Step step, Command command) {
    steps.push_back(step);
    commands.push_back(std::move(command));
  };
  if (!url_.user.empty())
    add(Step::sign_in, {"AUTH", url_.user, url_.password});
  else if (!url_.password.empty())
    add(Step::sign_in, {"AUTH", url_.password});
  if (url_.database != 0) add(Step::select, {"SELECT", std::to_string(url_.database)});
  add(Step::name, {"CLIENT", "SETNAME", options_.name});
  for (const char* section : {"server", "memory", "persistence"}) add(Step::info, {"INFO", section});

  const Reply replies = co_await exchange(std::move(commands), deadline);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Reply& reply = replies.at(i);
    check(steps[i], reply, service_);
    if (steps[i] == Step::info && !reply.is_error()) server_.merge(reply.text());
  }
}

}  // namespace flotilla::redis
