#include "adapters/redis/redis_client.hpp"

#include "adapters/redis/redis_client_state.hpp"
#include "adapters/redis/wire.hpp"

namespace flotilla::redis {

RedisClient::RedisClient(boost::asio::any_io_executor executor, RedisUrl url, ClientOptions options)
    : state_(std::make_shared<State>(std::move(executor), std::move(url), std::move(options))) {
  state_->start();
}

RedisClient::~RedisClient() { state_->abandon(); }

Task<Reply> RedisClient::command(Command args) {
  State::Call call;
  append_command(call.bytes, args);
  call.checked = true;
  return State::ask(state_, std::move(call));
}

Task<std::vector<Reply>> RedisClient::pipeline(std::vector<Command> commands) {
  const std::shared_ptr<State> state = state_;
  if (commands.empty()) co_return std::vector<Reply>{};
  State::Call call;
  for (const Command& command : commands) append_command(call.bytes, command);
  call.replies = commands.size();
  call.gather = true;
  Reply replies = co_await State::ask(state, std::move(call));
  co_return std::move(replies).items();
}

Task<std::vector<Reply>> RedisClient::transaction(std::vector<Command> commands) {
  const std::shared_ptr<State> state = state_;
  State::Call call;
  append_command(call.bytes, {"MULTI"});
  for (const Command& command : commands) append_command(call.bytes, command);
  append_command(call.bytes, {"EXEC"});
  call.replies = commands.size() + 2;
  call.gather = true;
  Reply::Items replies = (co_await State::ask(state, std::move(call))).items();
  // A command that could not be queued says why; EXEC then only says that it did nothing.
  for (const Reply& reply : replies)
    if (reply.is_error()) throw_error(state->service, reply);
  std::vector<Reply> results = std::move(replies.back()).items();
  for (const Reply& reply : results)
    if (reply.is_error()) throw_error(state->service, reply);
  co_return results;
}

Task<Reply> RedisClient::run(const Script& script, std::vector<std::string> keys,
                             std::vector<std::string> args) {
  const std::shared_ptr<State> state = state_;
  Command command;
  command.reserve(3 + keys.size() + args.size());
  command.push_back("EVALSHA");
  command.push_back(script.sha1());
  command.push_back(std::to_string(keys.size()));
  for (std::string& key : keys) command.push_back(std::move(key));
  for (std::string& arg : args) command.push_back(std::move(arg));
  State::Call known;
  append_command(known.bytes, command);
  Reply reply = co_await State::ask(state, std::move(known));
  if (reply.is_error() && reply.text().starts_with("NOSCRIPT")) {
    command[0] = "EVAL";
    command[1] = script.text();
    State::Call whole;
    append_command(whole.bytes, command);
    reply = co_await State::ask(state, std::move(whole));
  }
  if (reply.is_error()) throw_error(state->service, reply);
  co_return reply;
}

Task<Reply> RedisClient::blocking(Command args, Millis wait) {
  const std::shared_ptr<State> state = state_;
  Reply reply = co_await state->ask_blocking(std::move(args), wait);
  if (reply.is_error()) throw_error(state->service, reply);
  co_return reply;
}

Task<void> RedisClient::connect(Millis wait) {
  const std::shared_ptr<State> state = state_;
  co_await state->connect(wait);
}

Task<void> RedisClient::close() {
  const std::shared_ptr<State> state = state_;
  co_await state->close();
}

std::string RedisClient::server_run_id() const { return state_->server().run_id; }
ServerInfo RedisClient::server() const { return state_->server(); }
bool RedisClient::connected() const { return state_->connected(); }
const RedisUrl& RedisClient::url() const { return state_->url; }
const boost::asio::any_io_executor& RedisClient::executor() const { return state_->executor; }

}  // namespace flotilla::redis
