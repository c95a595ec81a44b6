#include "app/stop_orders.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>

#include "base/log.hpp"

namespace flotilla::app {

namespace asio = boost::asio;
using boost::system::error_code;

struct StopOrders::Ear {
  StopOrders& orders;
  asio::io_context loop{1};
  asio::signal_set signals{loop};
  std::optional<asio::local::stream_protocol::socket> supervisor;
  const std::optional<int> descriptor;  ///< of `supervisor`
  std::string heard;
  const pid_t parent = ::getppid();

  Ear(StopOrders& o, std::optional<int> control) : orders(o), descriptor(control) {
    signals.add(SIGTERM);
    if (!control) {
      signals.add(SIGINT);
    } else {
      ::signal(SIGINT, SIG_IGN);
      ::signal(SIGHUP, SIG_IGN);
      supervisor.emplace(loop, asio::local::stream_protocol(), *control);
      hear_line();
    }
    hear_signal(false);
  }

  void hear_signal(bool again) {
    signals.async_wait([this, again](const error_code& error, int signal) {
      if (error) return;
      log::info(again ? "asked again to stop: hurrying" : "asked to stop", {{"signal", signal}});
      if (again && !supervisor) orders.hurry();
      // A supervisor that was killed lets the kernel signal its nodes: nobody takes over from this one.
      orders.give(supervisor && ::getppid() == parent ? StopOrder::retire : StopOrder::stop);
      hear_signal(true);
    });
  }

  void hear_line() {
    asio::async_read_until(*supervisor, asio::dynamic_buffer(heard), '\n',
                           [this](const error_code& error, std::size_t length) {
                             if (error == asio::error::operation_aborted) return;
                             if (error) {
                               log::warn("the supervisor is gone: this node ends too");
                               return orders.give(StopOrder::stop);
                             }
                             obey(std::string_view(heard).substr(0, length - 1));
                             heard.erase(0, length);
                             hear_line();
                           });
  }

  void obey(std::string_view line) {
    log::info("the supervisor asks", {{"order", line}});
    if (line == "retire") orders.give(StopOrder::retire);
    if (line == "stop" || line == "hurry") orders.give(StopOrder::stop);
    if (line == "hurry") orders.hurry();
  }
};

StopOrders::StopOrders(std::optional<int> control)
    : ear_(std::make_unique<Ear>(*this, control)), thread_([this] { ear_->loop.run(); }) {}

StopOrders::~StopOrders() {
  ear_->loop.stop();
  thread_.join();
}

void StopOrders::say(std::string_view line) {
  if (!ear_->descriptor) return;
  const std::string text = std::string(line) + "\n";
  // One that is gone is noticed by the ear, to which the socket belongs.
  (void)::send(*ear_->descriptor, text.data(), text.size(), MSG_NOSIGNAL);
}

void StopOrders::give(StopOrder order) {
  std::lock_guard lock(mutex_);
  if (!order_ || order == StopOrder::stop) order_ = order;
  changed_.notify_all();
}

void StopOrders::hurry() {
  std::unique_lock lock(mutex_);
  if (std::exchange(hurried_, true)) return;
  changed_.notify_all();
  if (act_) act_();
}

StopOrder StopOrders::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return order_.has_value(); });
  return *order_;
}

bool StopOrders::hurried_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [&] { return hurried_; });
}

void StopOrders::on_hurry(std::function<void()> act) {
  std::lock_guard lock(mutex_);
  act_ = std::move(act);
  if (hurried_ && act_) act_();
}

}  // namespace flotilla::app
