#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/redis_url.hpp"
#include "adapters/redis/reply.hpp"
#include "adapters/redis/script.hpp"
#include "adapters/redis/server_info.hpp"
#include "cluster/time.hpp"
#include "cluster/unavailable.hpp"
#include "runtime/task.hpp"

namespace flotilla::redis {

using cluster::Millis;
using Command = std::vector<std::string>;

struct ClientOptions {
  std::string name = "flotilla";  ///< CLIENT SETNAME; no spaces
  Millis deadline{2'000};         ///< from the call to the answer; also for one attempt to connect
  Millis ping_after{1'000};       ///< silence after which a PING shows whether the other side still lives
  Millis backoff_first{50};       ///< pauses between attempts to connect double, with jitter ...
  Millis backoff_max{5'000};      ///< ... up to this one
  /// Called on the client's executor whenever a connection stands; must not throw or block.
  std::function<void(const ServerInfo&)> on_connected = {};
};

/// One logical connection to a Redis: many commands in flight at once, in order, their bytes sent together.
/// It connects by itself and again for ever. Thread-safe: a call may come from any executor, and resumes
/// there.
///
/// Errors of all calls: Unavailable (network, timeout, auth, refused) naming the service and its variable;
/// RedisError for other error replies. After Unavailable network or timeout a command may have taken effect.
/// While there is no connection calls fail at once; only those made before the first attempt has ended wait
/// for it (at most their deadline). A command is never sent twice.
class RedisClient {
 public:
  /// `executor` runs one handler at a time (an event loop) and outlives the client's last connection.
  RedisClient(boost::asio::any_io_executor executor, RedisUrl url, ClientOptions options = {});
  /// Ends the connections; calls that still wait get Unavailable.
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  Task<Reply> command(Command args);

  /// All of them in one go and in order, with no other command of this client in between (so MULTI ... EXEC
  /// works). Answers every reply; error replies are among them and do not throw. Not atomic without MULTI.
  Task<std::vector<Reply>> pipeline(std::vector<Command> commands);

  /// `commands` between MULTI and EXEC. Throws the first error; then none of them may be assumed to have run,
  /// except that Redis does not undo the others when one fails while it runs (WRONGTYPE).
  Task<std::vector<Reply>> transaction(std::vector<Command> commands);

  /// EVALSHA, and EVAL when the server does not know the script (it then did not run).
  Task<Reply> run(const Script& script, std::vector<std::string> keys, std::vector<std::string> args);

  /// For commands that let the server wait (XREAD BLOCK, XREADGROUP BLOCK, BLPOP): on a connection of its
  /// own, so that nothing stands behind it. `wait`, which must be above zero, is how long the server was told
  /// to wait; the deadline comes on top. Connections are kept for the next such call. Not for MULTI or
  /// anything with a state.
  Task<Reply> blocking(Command args, Millis wait);

  /// Resumes when connected. Throws the reason of the last attempt (Unavailable) after `wait`; auth errors at
  /// once.
  Task<void> connect(Millis wait);

  /// Of the present connection; empty while there is none, or when the user may not ask INFO. A command that
  /// succeeded between two equal answers (not empty) ran on that very server process.
  std::string server_run_id() const;
  ServerInfo server() const;
  bool connected() const;

  /// Refuses new calls, ends blocking ones, lets the others end (they have a deadline), and closes.
  /// Idempotent.
  Task<void> close();

  const RedisUrl& url() const;
  const boost::asio::any_io_executor& executor() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace flotilla::redis
