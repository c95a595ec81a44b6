#include "api/cookies.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace flotilla::api {
namespace {

TEST(Cookies, Find) {
  constexpr std::string_view kHeader =
      "a=1; nb_role_main=%E7%BC%96; q=\"x y\";b=2;a=3; e=; odd; m=a=b; bad=%E7";
  EXPECT_EQ(find_cookie(kHeader, "a"), "1") << "the first one, it has the longer path";
  EXPECT_EQ(find_cookie(kHeader, "b"), "2");
  EXPECT_EQ(find_cookie(kHeader, "nb_role_main"), "编");
  EXPECT_EQ(find_cookie(kHeader, "q"), "x y");
  EXPECT_EQ(find_cookie(kHeader, "e"), "");
  EXPECT_EQ(find_cookie(kHeader, "m"), "a=b");
  EXPECT_EQ(find_cookie(kHeader, "bad"), "%E7");
  EXPECT_EQ(find_cookie(kHeader, "odd"), std::nullopt);
  EXPECT_EQ(find_cookie(kHeader, "role_main"), std::nullopt);
  EXPECT_EQ(find_cookie("", "a"), std::nullopt);
}

TEST(Cookies, Header) {
  SetCookie cookie{.name = "nb_auth_token_main",
                   .value = "ab.c-d",
                   .path = "/app/",
                   .max_age_s = 604800,
                   .http_only = true,
                   .secure = true};
  EXPECT_EQ(to_header(cookie),
            "nb_auth_token_main=ab.c-d; Path=/app/; Max-Age=604800; HttpOnly; Secure; SameSite=Lax");
  EXPECT_EQ(to_header(cleared_cookie("a")),
            "a=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Lax");
}

TEST(Cookies, ValuesCannotBreakOut) {
  std::string value = "x; Path=/\r\nSet-Cookie: y=1, 100% 编";
  std::string header = to_header({.name = "r", .value = value});
  EXPECT_EQ(header.find('\r'), std::string::npos);
  EXPECT_EQ(find_cookie(header, "r"), value);
  EXPECT_THROW(to_header({.name = "a b", .value = "1"}), std::invalid_argument);
  EXPECT_THROW(to_header({.name = "", .value = "1"}), std::invalid_argument);
  EXPECT_THROW(to_header({.name = "a", .value = "1", .path = "/;x"}), std::invalid_argument);
}

}  // namespace
}  // namespace flotilla::api
