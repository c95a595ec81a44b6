#include "supervisor/supervisor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/version.hpp"
#include "http/listen_socket.hpp"
#include "supervisor/asker.hpp"
#include "supervisor/handover.hpp"
#include "supervisor/node_process.hpp"
#include "supervisor/program.hpp"

namespace flotilla::supervisor {

namespace asio = boost::asio;
using boost::system::error_code;
using Local = asio::local::stream_protocol;

namespace {

constexpr const char* kResumeWord = "--resume";

double chance() {
  constexpr int kSteps = 1 << 16;
  std::array<std::uint8_t, 2> bytes;
  Random::system().fill(bytes);
  return static_cast<double>(bytes[0] * 256 + bytes[1]) / kSteps;
}

void close_on_exec(int descriptor) { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

std::string join(const std::vector<int>& numbers) { return fmt::format("{}", fmt::join(numbers, ",")); }

/// As many sockets as slots at one address: the kernel spreads new connections over them. They belong to the
/// supervisor, so that what waits in them outlives every process.
std::vector<int> open_listeners(asio::io_context& loop, const SupervisorOptions& options) {
  std::uint16_t port = options.port;
  // Alone first: somebody else's socket might share the port otherwise, and the connections.
  if (port != 0) http::open_listener(loop, options.host, port);
  std::vector<int> out;
  for (int i = 0; i < options.slots; ++i) {
    auto listener = http::bind_shared(loop, options.host, port);
    port = listener.local_endpoint().port();
    out.push_back(listener.release());
    close_on_exec(out.back());
  }
  return out;
}

}  // namespace

struct Supervisor::Impl {
  SupervisorOptions options;
  asio::io_context loop{1};
  asio::signal_set signals{loop, SIGTERM, SIGINT, SIGHUP};
  asio::signal_set child_ended{loop, SIGCHLD};
  asio::steady_timer alarm{loop};
  Local::acceptor commands{loop};
  Supervision machine;
  Program program = Program::own();
  std::optional<Program> next;
  std::string program_path;
  std::vector<int> listeners;
  std::map<ChildId, std::shared_ptr<NodeProcess>> nodes;
  std::shared_ptr<Asker> asker;  ///< of the roll under way
  bool adopt = false;
  bool reload_again = false;
  std::optional<int> exit_code;

  Impl(SupervisorOptions o, std::optional<Handover> state)
      : options(std::move(o)),
        machine(state ? static_cast<int>(state->listeners.size()) : options.slots, options.timing, chance) {
    sigset_t none;
    ::sigemptyset(&none);
    if (state) {
      take_over(std::move(*state));
    } else {
      program_path = std::filesystem::read_symlink("/proc/self/exe").string();
      commands.assign(Local(), listen_at(options.place).release());
      listeners = open_listeners(loop, options);
    }
    // A supervisor that became another program had them blocked until here.
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    hear_signal();
    hear_child();
    hear_command();
  }

  ~Impl() {
    error_code ignored;
    if (exit_code) std::filesystem::remove(options.place.path(), ignored);
    close_listeners();
  }

  static Time now() { return std::chrono::steady_clock::now(); }

  // --- what happens ---------------------------------------------------------------------------------------

  void hear_signal() {
    signals.async_wait([this](const error_code& error, int signal) {
      if (error) return;
      log::info("the supervisor was signalled", {{"signal", signal}});
      if (signal == SIGHUP)
        reload_by_signal();
      else
        stop();
      hear_signal();
    });
  }

  /// The nodes have the sockets too, and close them when they have taken what waits there: then, and not when
  /// the last of their requests has ended, somebody who connects is refused.
  void stop() {
    act(machine.stop(now()));
    close_listeners();
  }

  void close_listeners() {
    for (const int listener : std::exchange(listeners, {})) ::close(listener);
  }

  void hear_child() {
    child_ended.async_wait([this](const error_code& error, int) {
      if (error) return;
      reap();
      hear_child();
    });
  }

  void reap() {
    std::vector<std::pair<ChildId, End>> ends;
    for (const auto& [id, node] : nodes) {
      int status = 0;
      if (::waitpid(node->pid, &status, WNOHANG) != node->pid) continue;
      ends.emplace_back(id, WIFSIGNALED(status) ? End{0, WTERMSIG(status)} : End{WEXITSTATUS(status), 0});
    }
    for (const auto& [id, how] : ends) {
      log::info(
          "a node's process has ended",
          {{"node", nodes[id]->slot}, {"pid", nodes[id]->pid}, {"code", how.code}, {"signal", how.signal}});
      nodes.erase(id);
      act(machine.ended(id, how, now()));
    }
  }

  void hear_command() {
    commands.async_accept([this](const error_code& error, Local::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        close_on_exec(socket.native_handle());
        std::make_shared<Asker>(std::move(socket))
            ->listen([this](std::shared_ptr<Asker> from, std::string line) { obey(std::move(from), line); });
      }
      hear_command();
    });
  }

  void obey(std::shared_ptr<Asker> from, const std::string& line) {
    if (line == "status") return from->finish(true, status());
    if (line != "reload" && line != "upgrade") return from->finish(false, "takes reload, upgrade or status");
    if (machine.stopping()) return from->finish(false, "the supervisor is stopping");
    if (machine.rolling()) return from->finish(false, "nodes are being replaced already");
    log::info("the supervisor was asked", {{"command", line}});
    if (line == "upgrade") {
      try {
        next = Program::at(program_path);
      } catch (const Error& error) {
        return from->finish(false, error.what());
      }
    }
    asker = std::move(from);
    act(machine.roll(line == "upgrade" ? Image::next : Image::current, now()));
  }

  void reload_by_signal() {
    if (machine.stopping()) return;
    if (machine.rolling()) {
      reload_again = true;
      return log::info("nodes are being replaced already: they are again afterwards");
    }
    act(machine.roll(Image::current, now()));
  }

  std::string status() const {
    std::string out = fmt::format("supervisor {} version {}", ::getpid(), version());
    for (const auto& [id, node] : nodes) {
      const auto child = machine.children().find(id);
      if (child == machine.children().end()) continue;
      out += fmt::format("; node {} pid {} {}{}", node->slot, node->pid, state_word(child->second.state),
                         node->version.empty() ? "" : " version " + node->version);
    }
    return out;
  }

  static const char* state_word(Supervision::State state) {
    switch (state) {
      case Supervision::State::starting:
        return "starting";
      case Supervision::State::leaving:
        return "leaving";
      default:
        return "serving";
    }
  }

  // --- what is done ---------------------------------------------------------------------------------------

  void act(const std::vector<Step>& steps) {
    for (const Step& step : steps) std::visit([this](const auto& what) { carry_out(what); }, step);
    set_alarm();
  }

  void set_alarm() {
    const std::optional<Time> at = machine.wake_at();
    if (!at) {
      alarm.cancel();
      return;
    }
    alarm.expires_at(*at);
    alarm.async_wait([this](const error_code& error) {
      if (!error) act(machine.tick(now()));
    });
  }

  void carry_out(const Start& start) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return fail_later(start.child);
    Descriptor theirs(ends[1]);
    Local::socket ours(loop, Local(), ends[0]);
    std::vector<std::string> words{program_path};
    words.insert(words.end(), options.arguments.begin(), options.arguments.end());
    words.insert(words.end(), {"--node", fmt::format("{}/{}", start.slot, options.slots), "--listeners",
                               join(listeners), "--control", std::to_string(theirs.number())});
    std::vector<int> keep = listeners;
    keep.push_back(theirs.number());
    const Program& image = start.image == Image::next && next ? *next : program;
    try {
      const pid_t pid = launch(image, std::move(words), keep);
      log::info("a node's process was started", {{"node", start.slot}, {"pid", pid}});
      auto node = std::make_shared<NodeProcess>(start.slot, pid, std::move(ours));
      nodes[start.child] = node;
      node->listen([this, id = start.child] { act(machine.ready(id, now())); });
    } catch (const Error& error) {
      log::error(error.what());
      fail_later(start.child);
    }
  }

  void fail_later(ChildId child) {
    asio::post(loop, [this, child] { act(machine.ended(child, {1, 0}, now())); });
  }

  void carry_out(const Tell& tell) {
    if (const auto node = nodes.find(tell.child); node != nodes.end()) node->second->tell(tell.order);
  }

  void carry_out(const Kill& kill) {
    if (const auto node = nodes.find(kill.child); node != nodes.end()) ::kill(node->second->pid, SIGKILL);
  }

  void carry_out(const Say& say) {
    if (asker) asker->say(say.text);
    if (say.tone == Tone::info) log::info(say.text);
    if (say.tone == Tone::warning) log::warn(say.text);
    if (say.tone == Tone::error) log::error(say.text);
  }

  void carry_out(const Adopt&) {
    program = std::move(*next);
    next.reset();
    adopt = true;
  }

  void carry_out(const RollEnded& end) {
    (end.done ? log::info : log::error)(end.text, {});
    const std::shared_ptr<Asker> whom = std::exchange(asker, nullptr);
    if (std::exchange(adopt, false)) {
      const std::string why = become_the_new_program(whom);  // does not return when it can be done
      log::warn("the supervisor stays the old program until it is started again", {{"reason", why}});
      if (whom)
        whom->say(fmt::format("the supervisor stays the old program until it is started again: {}", why));
    }
    if (whom) whom->finish(end.done, end.text);
    if (!std::exchange(reload_again, false) || machine.stopping()) return;
    asio::post(loop, [this] { reload_by_signal(); });
  }

  void carry_out(const Finish& finish) {
    exit_code = finish.exit_code;
    loop.stop();
  }

  // --- from program to program ----------------------------------------------------------------------------

  std::string become_the_new_program(const std::shared_ptr<Asker>& whom) {
    Handover state{.program = program_path,
                   .listeners = listeners,
                   .control = commands.native_handle(),
                   .asker = whom ? whom->descriptor() : -1,
                   .next_child = machine.next_child(),
                   .children = {}};
    for (const auto& [id, node] : nodes) {
      const bool ready = machine.children().at(id).state == Supervision::State::serving;
      if (ready && node->format != kHandoverFormat) return "it keeps its state in another form";
      state.children.push_back({id, node->slot, node->pid, node->descriptor(), ready, node->version});
    }
    try {
      const Descriptor written = state.written();
      std::vector<int> keep = state.descriptors();
      keep.push_back(written.number());
      std::vector<std::string> words{program_path};
      words.insert(words.end(), options.arguments.begin(), options.arguments.end());
      words.insert(words.end(), {kResumeWord, std::to_string(written.number())});
      const std::vector<char*> argv = as_argv(words);
      sigset_t all, before;
      ::sigfillset(&all);
      log::info("the supervisor becomes the new program");
      log::shutdown();
      ::sigprocmask(SIG_SETMASK, &all, &before);
      program.execute(argv.data(), keep);
      const int why = errno;
      ::sigprocmask(SIG_SETMASK, &before, nullptr);
      log::configure(options.log);
      return std::strerror(why);
    } catch (const std::exception& error) {
      return error.what();
    }
  }

  void take_over(Handover state) {
    for (const int descriptor : state.descriptors()) close_on_exec(descriptor);
    ::close(*options.resume);
    options.slots = static_cast<int>(state.listeners.size());  // another number takes another start
    program_path = state.program;
    listeners = state.listeners;
    commands.assign(Local(), state.control);
    std::vector<Supervision::Known> known;
    for (const Handover::Child& child : state.children) {
      auto node =
          std::make_shared<NodeProcess>(child.slot, child.pid, Local::socket(loop, Local(), child.control));
      node->version = child.version;
      node->format = kHandoverFormat;
      nodes[child.id] = node;
      known.push_back({child.id, child.slot, child.ready});
      if (!child.ready) node->listen([this, id = child.id] { act(machine.ready(id, now())); });
    }
    if (state.asker >= 0)
      Asker(Local::socket(loop, Local(), state.asker))
          .finish(true, fmt::format("{} nodes and the supervisor run version {}", known.size(), version()));
    log::info("the supervisor goes on as another program", {{"version", version()}});
    asio::post(loop, [this, known, next_child = state.next_child] {
      act(machine.resume(known, next_child, now()));
      reap();  // who ended meanwhile
    });
  }

  int run() {
    if (!options.resume) {
      log::info("supervisor", {{"nodes", options.slots},
                               {"host", options.host},
                               {"port", options.port},
                               {"version", version()},
                               {"control", options.place.path().string()}});
      act(machine.begin(now()));
    }
    loop.run();
    return exit_code.value_or(1);
  }
};

Supervisor::Supervisor(SupervisorOptions options) {
  std::optional<Handover> state;
  if (options.resume) state = Handover::read(*options.resume);
  impl_ = std::make_unique<Impl>(std::move(options), std::move(state));
}
Supervisor::~Supervisor() = default;
int Supervisor::run() { return impl_->run(); }

}  // namespace flotilla::supervisor
