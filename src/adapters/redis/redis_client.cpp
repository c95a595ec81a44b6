#include "adapters/redis/redis_client.hpp"

#include "adapters/redis/redis_client_state.hpp"

namespace flotilla::redis {

RedisClient::RedisClient(boost::asio::any_io_executor executor, RedisUrl url, ClientOptions options)
    : state_(std::make_shared<State>(std::move(executor), std::move(url), std::move(options))) {
  state_->start();
}

RedisClient::~RedisClient() { state_->abandon(); }

Task<Reply> RedisClient::command(Command args) {
  const std::shared_ptr<State> state = state_;
  std::vector<Command> commands;
  commands.push_back(std::move(args));
  Reply reply = co_await state->ask(std::move(commands), false);
  if (reply.is_error()) throw_error(state->service, reply);
  co_return reply;
}

Task<std::vector<Reply>> RedisClient::pipeline(std::vector<Command> commands) {
  const std::shared_ptr<State> state = state_;
  if (commands.empty()) co_return std::vector<Reply>{};
  Reply replies = co_await state->ask(std::move(commands), true);
  co_return std::move(replies).items();
}

Task<std::vector<Reply>> RedisClient::transaction(std::vector<Command> commands) {
  const std::shared_ptr<State> state = state_;
  std::vector<Command> whole;
  whole.reserve(commands.size() + 2);
  whole.push_back({"MULTI"});
  for (Command& command : commands) whole.push_back(std::move(command));
  whole.push_back({"EXEC"});
  Reply::Items replies = (co_await state->ask(std::move(whole), true)).items();
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
  std::vector<Command> commands(1);
  Command& call = commands.front();
  call.reserve(3 + keys.size() + args.size());
  call.push_back("EVALSHA");
  call.push_back(script.sha1());
  call.push_back(std::to_string(keys.size()));
  for (std::string& key : keys) call.push_back(std::move(key));
  for (std::string& arg : args) call.push_back(std::move(arg));
  Reply reply = co_await state->ask(commands, false);
  if (reply.is_error() && reply.text().starts_with("NOSCRIPT")) {
    commands.front()[0] = "EVAL";
    commands.front()[1] = script.text();
    reply = co_await state->ask(std::move(commands), false);
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
