#include "api/multipart.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/error.hpp"

namespace flotilla::api {
namespace {

constexpr std::string_view kType = "multipart/form-data; boundary=XX";

std::string part(std::string_view disposition, std::string_view data) {
  return "--XX\r\nContent-Disposition: form-data; " + std::string(disposition) + "\r\n\r\n" +
         std::string(data) + "\r\n";
}
std::string form(std::string_view parts) { return std::string(parts) + "--XX--\r\n"; }

std::string filename_of(std::string_view disposition) {
  std::string body = form(part(disposition, "x"));
  auto parts = parse_multipart(kType, body);
  return parts.at(0).filename.value_or("(none)");
}

int status_of(std::string_view type, std::string_view body, MultipartLimits limits = {}) {
  try {
    parse_multipart(type, body, limits);
  } catch (const Error& error) {
    return error.status();
  }
  return 200;
}

TEST(Multipart, FieldsAndFiles) {
  std::string body =
      "preamble\r\n--XX  \r\ncontent-disposition: form-data; name=\"file\"; filename=\"hello.txt\"\r\n"
      "Content-Type: text/plain\r\n\r\nhello\r\n--X world\r\n\r\n" +
      form(part("name=note", "a\r\nb") + part("name=empty", "")) + "epilogue";
  auto parts = parse_multipart(kType, body);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].name, "file");
  EXPECT_EQ(parts[0].filename, "hello.txt");
  EXPECT_EQ(parts[0].content_type, "text/plain");
  EXPECT_EQ(parts[0].data, "hello\r\n--X world\r\n");
  EXPECT_EQ(parts[1].data, "a\r\nb");
  EXPECT_FALSE(parts[1].filename);
  EXPECT_EQ(parts[2].data, "");
  EXPECT_EQ(find_part(parts, "note"), &parts[1]);
  EXPECT_EQ(find_part(parts, "nosuch"), nullptr);
}

TEST(Multipart, NoParts) {
  EXPECT_TRUE(parse_multipart(kType, "--XX--").empty());
  EXPECT_TRUE(parse_multipart(R"(multipart/form-data; boundary="XX")", "--XX--\r\n").empty());
}

TEST(Multipart, PartDirectlyFollowedByTheNextDelimiter) {
  // Written by some clients for an empty part: the blank line's break is the delimiter's.
  auto parts = parse_multipart(kType, "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n--XX--");
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].data, "");
}

TEST(Multipart, BinaryDataIsUntouched) {
  std::string data("\0\r\n\r\n--\xff\r\n-", 12);
  std::string body = form(part("name=b; filename=b", data));
  EXPECT_EQ(parse_multipart(kType, body).at(0).data, data);
}

TEST(Multipart, FileNames) {
  EXPECT_EQ(filename_of(R"(name="f"; filename="文件 ü.txt")"), "文件 ü.txt");
  EXPECT_EQ(filename_of("name=f; filename=\"\xfc.txt\""), "ü.txt");
  EXPECT_EQ(filename_of(R"(name="f"; filename="../../etc/passwd")"), "passwd");
  EXPECT_EQ(filename_of(R"(name="f"; filename="C:\dir\a.txt")"), "a.txt");
  EXPECT_EQ(filename_of(R"(name="f"; filename="a\"b;c.txt")"), "a\"b;c.txt");
  EXPECT_EQ(filename_of(R"(name="f"; filename="..")"), "");
  EXPECT_EQ(filename_of(R"(name="f"; filename="")"), "");
  EXPECT_EQ(filename_of(R"(filename=x; name="f")"), "x");
  EXPECT_EQ(filename_of(R"(name="f"; filename="a"; filename*=UTF-8''%e2%82%ac%20b.txt)"), "€ b.txt");
  EXPECT_EQ(filename_of(R"(name="f"; filename*=iso-8859-1'en'%A3; filename="a")"), "£");
  EXPECT_EQ(filename_of(R"(name="f"; filename="a"; filename*=UTF-8''%ff)"), "a");
  EXPECT_EQ(filename_of(R"(name="f"; filename*=UTF-8''..%2F..%2Fx)"), "x");
  EXPECT_EQ(filename_of(R"(name="f")"), "(none)");
}

TEST(Multipart, MalformedBodies) {
  EXPECT_EQ(status_of("application/json", "--XX--"), 400);
  EXPECT_EQ(status_of("multipart/form-data", "--XX--"), 400);
  EXPECT_EQ(status_of("multipart/form-data; boundary=" + std::string(71, 'a'), "--XX--"), 400);
  EXPECT_EQ(status_of(kType, ""), 400);
  EXPECT_EQ(status_of(kType, "no boundary at all"), 400);
  EXPECT_EQ(status_of(kType, "--XX"), 400);
  EXPECT_EQ(status_of(kType, "--XXjunk\r\n"), 400);
  EXPECT_EQ(status_of(kType, "--XX\r\nContent-Disposition: form-data; name=a"), 400);
  EXPECT_EQ(status_of(kType, "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\ndata"), 400);
  EXPECT_EQ(status_of(kType, "--XX\r\n\r\ndata\r\n--XX--"), 400) << "a part without headers";
  EXPECT_EQ(status_of(kType, "--XX\r\nno colon\r\n\r\nx\r\n--XX--"), 400);
  EXPECT_EQ(status_of(kType, form(part("filename=x", "x"))), 400) << "a part without name";
  EXPECT_EQ(status_of(kType, form(part("name=\"open", "x"))), 400);
  EXPECT_EQ(status_of(kType, form(part(std::string("name=f; filename=\"a\0b\"", 22), "x"))), 400);
  EXPECT_EQ(status_of(kType, "--XX\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--XX--"), 400);
}

TEST(Multipart, Limits) {
  std::string two = form(part("name=a", "1") + part("name=b", "2"));
  EXPECT_EQ(status_of(kType, two, {.parts_max = 2}), 200);
  EXPECT_EQ(status_of(kType, two, {.parts_max = 1}), 413);
  std::string wide = form(part("name=a; x=" + std::string(20'000, 'y'), "1"));
  EXPECT_EQ(status_of(kType, wide), 400);
  EXPECT_EQ(status_of(kType, wide, {.header_bytes_max = 30'000}), 200);
}

TEST(Multipart, DamagedBodiesNeverReadOutside) {
  const std::string whole = form(part("name=\"a\"; filename*=UTF-8''x", "one") + part("name=b", "two"));
  for (std::size_t cut = 0; cut < whole.size() - 4; ++cut)
    EXPECT_EQ(status_of(kType, std::string(whole, 0, cut)), 400) << cut;
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
    try {
      for (const FormPart& found : parse_multipart(kType, damaged)) {
        EXPECT_GE(found.data.data(), damaged.data());
        EXPECT_LE(found.data.data() + found.data.size(), damaged.data() + damaged.size());
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), 400);
    }
  }
}

}  // namespace
}  // namespace flotilla::api
