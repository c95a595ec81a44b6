// Measures how soon a server answers one small request while something else keeps it busy.
//
//   bench_health_probe --port N [--host 127.0.0.1] [--path /api/__health_check] [--seconds 8] [--interval-us
//   5000]
//
// One connection, one request every interval, on a fixed timetable: when an answer is so late that the next
// request is overdue, that request's latency is counted from its place in the timetable, so a stall is not
// hidden by asking less often. The probe's own late wake-up is not counted. Prints one line of JSON,
// latencies in microseconds. Exit 2: bad arguments; exit 1: no connection. Answers other than 200 and lost
// connections are counted as errors.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

constexpr int kAnswerTimeoutSeconds = 10;

struct Options {
  std::string host = "127.0.0.1";
  int port = 0;
  std::string path = "/api/__health_check";
  double seconds = 8;
  long interval_us = 5'000;
};

class Connection {
 public:
  explicit Connection(const Options& options) : options_(options) {
    request_ = "GET " + options.path + " HTTP/1.1\r\nHost: " + options.host + "\r\n\r\n";
  }
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool connect() {
    close();
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (socket_ < 0) return false;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
    if (inet_pton(AF_INET, options_.host.c_str(), &address.sin_addr) != 1)
      throw std::invalid_argument("--host must be an IPv4 address");
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval limit{kAnswerTimeoutSeconds, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
    close();
    return false;
  }

  /// Asks once and reads the whole answer. False when it is not 200 or the connection broke.
  bool ask() {
    if (socket_ < 0 && !connect()) return false;
    if (::send(socket_, request_.data(), request_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request_.size()))
      return lose();
    answer_.clear();
    std::size_t wanted = std::string::npos;
    while (answer_.size() < wanted) {
      char buffer[4096];
      const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
      if (got <= 0) return lose();
      answer_.append(buffer, static_cast<std::size_t>(got));
      if (wanted == std::string::npos) wanted = length_of(answer_);
    }
    return answer_.starts_with("HTTP/1.1 200");
  }

 private:
  /// Bytes of the answer with its head; npos while the head is not complete.
  static std::size_t length_of(std::string_view answer) {
    const std::size_t head = answer.find("\r\n\r\n");
    if (head == std::string_view::npos) return std::string::npos;
    constexpr std::string_view kName = "content-length:";
    std::string lower(answer.substr(0, head));
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::size_t at = lower.find(kName);
    if (at == std::string::npos) throw std::runtime_error("the answer has no content-length");
    std::size_t from = at + kName.size();
    while (from < lower.size() && lower[from] == ' ') ++from;
    std::size_t length = 0;
    std::from_chars(lower.data() + from, lower.data() + lower.size(), length);
    return head + 4 + length;
  }

  bool lose() {
    close();
    return false;
  }

  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

  const Options& options_;
  std::string request_;
  std::string answer_;
  int socket_ = -1;
};

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::min(sorted.size(), std::max<std::size_t>(rank, 1)) - 1];
}

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* value = argv[i + 1];
    if (name == "--host")
      o.host = value;
    else if (name == "--port")
      o.port = std::atoi(value);
    else if (name == "--path")
      o.path = value;
    else if (name == "--seconds")
      o.seconds = std::atof(value);
    else if (name == "--interval-us")
      o.interval_us = std::atol(value);
    else
      throw std::invalid_argument("unknown option " + std::string(name));
  }
  if (argc % 2 == 0)
    throw std::invalid_argument(std::string("option ") + argv[argc - 1] + " lacks its value");
  if (o.port < 1 || o.port > 65535) throw std::invalid_argument("--port is 1 to 65535");
  if (!(o.seconds > 0 && o.seconds <= 3600))
    throw std::invalid_argument("--seconds is above 0 and at most 3600");
  if (o.interval_us < 100) throw std::invalid_argument("--interval-us is 100 or more");
  return o;
}

int run(const Options& options) {
  Connection connection(options);
  if (!connection.connect()) {
    std::fprintf(stderr, "bench_health_probe: cannot connect to %s:%d: %s\n", options.host.c_str(),
                 options.port, std::strerror(errno));
    return 1;
  }
  const auto interval = std::chrono::microseconds(options.interval_us);
  const auto begin = Clock::now();
  const auto end =
      begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds));
  std::vector<double> latencies;
  long errors = 0;
  auto free_since = begin;  // since when the connection could have sent
  for (auto due = begin; due < end; due += interval) {
    std::this_thread::sleep_until(due);
    const auto start = free_since > due ? due : Clock::now();
    if (!connection.ask()) ++errors;
    free_since = Clock::now();
    latencies.push_back(std::chrono::duration_cast<Microseconds>(free_since - start).count());
    if (free_since > end) break;
  }
  std::sort(latencies.begin(), latencies.end());
  std::printf(
      R"({"requests":%zu,"errors":%ld,"p50_us":%.0f,"p90_us":%.0f,"p99_us":%.0f,"p999_us":%.0f,"max_us":%.0f})"
      "\n",
      latencies.size(), errors, percentile(latencies, 0.5), percentile(latencies, 0.9),
      percentile(latencies, 0.99), percentile(latencies, 0.999), latencies.empty() ? 0.0 : latencies.back());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(parse(argc, argv));
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "bench_health_probe: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_health_probe: %s\n", error.what());
    return 1;
  }
}
