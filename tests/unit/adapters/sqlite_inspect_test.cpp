#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <fstream>

#include "adapters/sqlite/inspect.hpp"

namespace flotilla::sqlite {
namespace {

namespace fs = std::filesystem;
using State = Inspection::State;

class Inspect : public testing::Test {
 protected:
  void SetUp() override {
    path_ = fs::temp_directory_path() / ("flotilla-inspect-" + std::to_string(::getpid()) + ".sqlite");
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db,
                           "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);"
                           "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                           "INSERT INTO t SELECT i, hex(randomblob(50)) FROM n",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(db);
  }
  void TearDown() override { fs::remove(path_); }
  fs::path path_;
};

TEST_F(Inspect, FindsASoundFile) {
  Inspection found = inspect(path_);
  EXPECT_EQ(found.state, State::sound) << found.detail;
}

TEST_F(Inspect, FindsDamagedPages) {
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(8 * 4096);
  file << std::string(40 * 4096, '\xff');
  file.close();
  Inspection found = inspect(path_);
  EXPECT_EQ(found.state, State::damaged) << found.detail;
}

TEST_F(Inspect, SaysWhenItDidNotFinish) {
  Inspection found = inspect(path_, std::chrono::milliseconds(-1));
  EXPECT_EQ(found.state, State::unfinished) << found.detail;
}

TEST_F(Inspect, NamesTheFileThatIsNotThere) {
  Inspection found = inspect("/nonexistent/none.sqlite");
  EXPECT_EQ(found.state, State::damaged);
  EXPECT_TRUE(found.detail.contains("/nonexistent/none.sqlite")) << found.detail;
}

}  // namespace
}  // namespace flotilla::sqlite
