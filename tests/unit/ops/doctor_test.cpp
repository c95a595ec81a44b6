#include "ops/doctor.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/json.hpp"

namespace flotilla::ops {
namespace {

namespace fs = std::filesystem;
using State = CheckResult::State;

/// Listens on a port of the loopback address; answers each connection with `answer` when there is one.
class Listener {
 public:
  explicit Listener(std::string answer = {}) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    int on = 1;  // as servers do: a connection that is still closing must not keep the port
    ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_, 4), 0);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer] {
      int peer = ::accept(socket_, nullptr, nullptr);
      if (peer < 0) return;
      char buffer[1024];
      if (::recv(peer, buffer, sizeof buffer, 0) > 0)
        ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(peer);
    });
  }
  ~Listener() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  std::uint16_t port() const { return port_; }

 private:
  int socket_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

class FixedClock final : public Clock {
 public:
  explicit FixedClock(std::chrono::sys_days day) : day_(day) {}
  UnixMs now() const override { return day_; }

 private:
  std::chrono::sys_days day_;
};

class Doctor : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("flotilla-doctor-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Settings settings(Environment::Values more = {}) {
    more.insert({"STORAGE_PATH", folder_.string()});
    more.insert({"APP_HOST", "127.0.0.1"});
    return load_settings(Environment(more));
  }
  void write(const fs::path& name, std::string_view text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  fs::path folder_;
};

TEST_F(Doctor, StorageThatIsMissingWouldBeMade) {
  EXPECT_EQ(check_storage(settings()).state, State::ok);
  CheckResult missing = check_storage(settings({{"STORAGE_PATH", (folder_ / "a/b").string()}}));
  EXPECT_TRUE(missing.detail.contains("will be made")) << missing.detail;
  EXPECT_FALSE(fs::exists(folder_ / "a"));
}

TEST_F(Doctor, StorageMustBeAFolder) {
  write("file", "x");
  EXPECT_EQ(check_storage(settings({{"STORAGE_PATH", (folder_ / "file").string()}})).state, State::failed);
  EXPECT_EQ(check_storage(settings({{"STORAGE_PATH", (folder_ / "file/below").string()}})).state,
            State::failed);
}

TEST_F(Doctor, APortIsFreeUntilSomeoneListens) {
  std::uint16_t port = 0;
  {
    Listener stranger("SSH-2.0-x\r\n");
    port = stranger.port();
    CheckResult taken = check_port(settings({{"APP_PORT", std::to_string(port)}}));
    EXPECT_EQ(taken.state, State::failed) << taken.detail;
    EXPECT_TRUE(taken.detail.contains("another program")) << taken.detail;
  }
  EXPECT_EQ(check_port(settings({{"APP_PORT", std::to_string(port)}})).state, State::ok);
}

TEST_F(Doctor, ARunningServerIsNoFailure) {
  Listener healthy_server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(check_port(settings({{"APP_PORT", std::to_string(healthy_server.port())}})).state, State::ok);
  Listener starting_server("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(check_port(settings({{"APP_PORT", std::to_string(starting_server.port())}})).state,
            State::warning);
}

TEST_F(Doctor, AnAddressOfAnotherMachineFails) {
  EXPECT_EQ(check_port(settings({{"APP_HOST", "192.0.2.1"}})).state, State::failed);
  EXPECT_EQ(check_port(settings({{"APP_HOST", "not an address"}})).state, State::failed);
}

TEST_F(Doctor, SecretStrength) {
  EXPECT_EQ(check_secret(settings()).state, State::ok);
  EXPECT_EQ(check_secret(settings({{"APP_KEY", "short"}})).state, State::warning);
  EXPECT_EQ(check_secret(settings({{"APP_KEY", std::string(32, 'x')}})).state, State::ok);
  EXPECT_EQ(
      check_secret(settings({{"APP_KEY", "test-key"}, {"UNSAFE_USE_DEFAULT_JWT_SECRET", "true"}})).state,
      State::failed);
  CheckResult weak = check_secret(settings({{"APP_KEY", "hunter2"}}));
  EXPECT_FALSE(weak.detail.contains("hunter2"));
}

TEST_F(Doctor, SecretFileOthersCanRead) {
  write("apps/main/jwt_secret.dat", std::string(32, 'k'));
  ::chmod((folder_ / "apps/main/jwt_secret.dat").c_str(), 0644);
  EXPECT_EQ(check_secret(settings()).state, State::warning);
  ::chmod((folder_ / "apps/main/jwt_secret.dat").c_str(), 0600);
  EXPECT_EQ(check_secret(settings()).state, State::ok);
}

TEST_F(Doctor, FirstUser) {
  EXPECT_EQ(check_root_user(settings()).state, State::warning);
  EXPECT_EQ(check_root_user(settings({{"INIT_ROOT_PASSWORD", "other"}})).state, State::ok);
  write("db/nocobase.sqlite", "x");
  EXPECT_EQ(check_root_user(settings()).state, State::ok);
}

TEST_F(Doctor, ClockThatCannotBeRight) {
  using namespace std::chrono;
  EXPECT_EQ(check_clock(FixedClock(1970y / January / 1)).state, State::failed);
  EXPECT_EQ(check_clock(FixedClock(2200y / January / 1)).state, State::failed);
  EXPECT_NE(check_clock(FixedClock(2026y / June / 1)).state, State::failed);
}

TEST_F(Doctor, OpenFiles) {
  EXPECT_EQ(check_open_files(settings({{"FLOTILLA_HTTP_CONNECTIONS_MAX", "1"}})).state, State::ok);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 1'000'000)
    EXPECT_EQ(check_open_files(settings({{"FLOTILLA_HTTP_CONNECTIONS_MAX", "1000000"}})).state,
              State::warning);
}

TEST_F(Doctor, TheDatabaseIsOnlyOpenedWhenItLooksLikeOne) {
  EXPECT_TRUE(check_database_file(settings()).detail.contains("not there yet"));
  write("db/nocobase.sqlite", "");
  EXPECT_TRUE(check_database_file(settings()).detail.contains("empty"));
  write("db/nocobase.sqlite", "this is a text");
  EXPECT_EQ(check_database_file(settings()).state, State::failed);
  write("db/nocobase.sqlite", std::string_view("SQLite format 3\0....", 20));
  const CheckResult worth_opening = check_database_file(settings());
  EXPECT_EQ(worth_opening.state, State::ok);
  EXPECT_EQ(worth_opening.detail, "");
}

TEST(Report, TableAndJson) {
  std::vector<CheckResult> results = {{"port", State::ok, "free"},
                                      {"open files", State::warning, "say \"more\""}};
  EXPECT_EQ(as_table(results), "ok       port        free\nwarning  open files  say \"more\"\n");
  EXPECT_TRUE(healthy(results));
  JsonObject document = json::parse(as_json(results)).as_object();
  EXPECT_TRUE(document.at("healthy").as_bool());
  EXPECT_EQ(document.at("checks").as_array()[1].as_object().at("detail").as_string(), "say \"more\"");
  results.push_back({"clock", State::failed, ""});
  EXPECT_FALSE(healthy(results));
}

}  // namespace
}  // namespace flotilla::ops
