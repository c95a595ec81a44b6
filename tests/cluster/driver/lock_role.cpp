#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/random.hpp"
#include "cluster/driver/role.hpp"
#include "cluster/lock/locks.hpp"

namespace flotilla::driver {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr cluster::Millis kTryAgain{20};

/// The protected register of the rig: a server that takes a write, or refuses it because of its token.
class Register {
 public:
  Register(const asio::any_io_executor& executor, std::uint16_t port) : socket_(executor) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
    socket_.set_option(tcp::no_delay(true));
  }

  /// "ok" or "fenced".
  Task<std::string> write(std::string line) {
    line += "\n";
    co_await asio::async_write(socket_, asio::buffer(line), asio::use_awaitable);
    const std::size_t size =
        co_await asio::async_read_until(socket_, asio::dynamic_buffer(input_), '\n', asio::use_awaitable);
    std::string answer = input_.substr(0, size - 1);
    input_.erase(0, size);
    co_return answer;
  }

 private:
  tcp::socket socket_;
  std::string input_;
};

std::size_t below(std::size_t limit) {
  std::uint8_t bytes[4];
  Random::system().fill(bytes);
  return (bytes[0] | bytes[1] << 8 | bytes[2] << 16) % limit;
}

}  // namespace

Task<void> hold_locks(Stage& stage) {
  const std::string& name = stage.arguments.text("name");
  const auto keys = static_cast<std::size_t>(stage.arguments.number("keys", 4));
  const cluster::Millis ttl{stage.arguments.number("ttl", 200)};
  const auto work_max = static_cast<std::size_t>(stage.arguments.number("work", 20));
  Register protected_register(co_await asio::this_coro::executor,
                              static_cast<std::uint16_t>(stage.arguments.number("register", 0)));
  stage.history.append("ready");
  for (long long n = 0; !stage.stop.cancelled(); ++n) {
    const std::string key = fmt::format("key{}", below(keys));
    bool unavailable = false;
    try {
      cluster::Lock lock = co_await stage.layer.locks().try_acquire(key, cluster::Millis{1'000}, ttl);
      stage.history.append(fmt::format("granted {} {} {}", key, lock.token(), monotonic_ns()));
      // The rig may stop the process anywhere; here it has the lock and has not written yet.
      co_await stage.stop.wait(cluster::Millis{static_cast<long long>(below(work_max))});
      const std::string answer =
          co_await protected_register.write(fmt::format("write {} {} {}-{}", key, lock.token(), name, n));
      stage.history.append(fmt::format("wrote {} {} {} {}", key, lock.token(), answer, lock.valid() ? 1 : 0));
      co_await lock.release();
    } catch (const cluster::LockNotAcquired&) {
      continue;
    } catch (const Error& error) {
      if (error.status() != 503) throw;
      unavailable = true;
    }
    if (unavailable) co_await stage.stop.wait(kTryAgain);
  }
}

}  // namespace flotilla::driver
