// The same SQL as the server's, through SQLite's C API and with no server around it: what is left between
// this figure and the server's is HTTP, JSON, permissions and the way between threads.
//
//   bench_raw_sqlite --database FILE --case list|get|filter --threads N --seconds S --rows N [--cache-kib N]
//                    [--serve PORT]
//
// Each thread has its own read-only connection with the pragmas of the server's readers and prepares every
// statement once. A query counts when all of its statements were stepped to the end and every column was
// read. Prints one line of JSON. With --serve it answers HTTP instead, see raw_sqlite_server.hpp. Exit 2: bad
// arguments; exit 1: SQLite refused something, or an answer had not the expected rows.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "raw_sqlite_server.hpp"
#include "raw_sqlite_worker.hpp"

namespace {

using bench::fail;
using bench::Options;
using bench::Worker;

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* value = argv[i + 1];
    if (name == "--database")
      o.database = value;
    else if (name == "--case")
      o.kind = value;
    else if (name == "--threads")
      o.threads = std::atoi(value);
    else if (name == "--seconds")
      o.seconds = std::atof(value);
    else if (name == "--rows")
      o.rows = std::atoll(value);
    else if (name == "--serve")
      o.port = std::atoi(value);
    else if (name == "--cache-kib")
      o.cache_kib = std::atoi(value);
    else
      throw std::invalid_argument("unknown option " + std::string(name));
  }
  if (argc % 2 == 0)
    throw std::invalid_argument(std::string("option ") + argv[argc - 1] + " lacks its value");
  if (o.database.empty()) throw std::invalid_argument("--database is required");
  if (o.kind != "list" && o.kind != "get" && o.kind != "filter")
    throw std::invalid_argument("--case is list, get or filter");
  if (o.threads < 1 || o.threads > 64) throw std::invalid_argument("--threads is 1 to 64");
  if (!(o.seconds > 0 && o.seconds <= 3600))
    throw std::invalid_argument("--seconds is above 0 and at most 3600");
  if (o.rows < 1) throw std::invalid_argument("--rows is 1 or more");
  return o;
}

void run(const Options& options) {
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> queries = 0;
  std::atomic<int> ready = 0;
  std::vector<std::string> errors(static_cast<std::size_t>(options.threads));
  std::vector<std::thread> threads;
  for (int i = 0; i < options.threads; ++i) {
    threads.emplace_back([&, i] {
      try {
        Worker worker(options, static_cast<unsigned>(i) + 1);
        for (int warm = 0; warm < 100; ++warm) worker.query();
        ++ready;
        while (ready < options.threads && !stop) std::this_thread::yield();
        std::uint64_t done = 0;
        for (; !stop.load(std::memory_order_relaxed); ++done) worker.query();
        queries += done;
      } catch (const std::exception& error) {
        errors[static_cast<std::size_t>(i)] = error.what();
        stop = true;
      }
    });
  }
  while (ready < options.threads && !stop) std::this_thread::yield();
  const auto begin = std::chrono::steady_clock::now();
  const auto end = begin + std::chrono::duration<double>(options.seconds);
  while (!stop && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  stop = true;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  for (std::thread& thread : threads) thread.join();
  for (const std::string& error : errors) {
    if (!error.empty()) fail(error);
  }
  std::printf(
      R"({"case":"%s","threads":%d,"seconds":%.3f,"queries":%llu,"queries_per_second":%.1f,"sqlite":"%s"})"
      "\n",
      options.kind.c_str(), options.threads, took.count(), static_cast<unsigned long long>(queries.load()),
      static_cast<double>(queries.load()) / took.count(), sqlite3_libversion());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse(argc, argv);
    if (options.port > 0)
      bench::serve(options);
    else
      run(options);
    return 0;
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "bench_raw_sqlite: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_raw_sqlite: %s\n", error.what());
    return 1;
  }
}
