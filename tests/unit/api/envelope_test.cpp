#include "api/envelope.hpp"

#include <gtest/gtest.h>

namespace flotilla::api {
namespace {

Json j(std::string_view text) { return json::parse(text); }

TEST(Envelope, Errors) {
  http::Response response =
      error_response(unauthorized("Unauthenticated. Please sign in to continue.", "EMPTY_TOKEN"));
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.content_type, "application/json; charset=utf-8");
  EXPECT_EQ(
      response.body,
      R"({"errors":[{"message":"Unauthenticated. Please sign in to continue.","code":"EMPTY_TOKEN"}]})");
  EXPECT_EQ(error_body(Error(400, {{"a \"b\"", ""}, {"c", "X"}})),
            R"({"errors":[{"message":"a \"b\""},{"message":"c","code":"X"}]})");
}

TEST(Envelope, MessagesStayReadableUtf8) {
  EXPECT_EQ(j(error_body(bad_request("x \xff\xfe y"))), j("{\"errors\":[{\"message\":\"x \uFFFD y\"}]}"));
  EXPECT_EQ(j(error_body(bad_request("名称\n"))).at("errors").at(0).at("message"), Json("名称\n"));
}

TEST(Envelope, NotFoundIsPlainText) {
  http::Response response = not_found_response();
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(response.body, "Not Found");
}

TEST(Envelope, Results) {
  EXPECT_EQ(result_body(j("[1,2]")), R"({"data":[1,2]})");
  EXPECT_EQ(result_body(nullptr), R"({"data":null})");
  EXPECT_EQ(result_body(0), R"({"data":0})");
  EXPECT_EQ(j(result_body(j(R"({"rows":[{"a":1}],"count":1,"page":1})"))),
            j(R"({"data":[{"a":1}],"meta":{"count":1,"page":1}})"));
  EXPECT_EQ(j(data_body(j(R"({"n":2})"), JsonObject{{"n", 2}})), j(R"({"data":{"n":2},"meta":{"n":2}})"));
}

TEST(Envelope, GatewayErrors) {
  http::Response response = gateway_response(app_state_error("preparing", "nosuch"));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(j(response.body),
            j(R"({"error":{"status":503,"message":"application nosuch is preparing, please wait patiently",
                                   "maintaining":true,"code":"APP_PREPARING"}})"));
  EXPECT_EQ(app_state_error("not_found", "x").status, 404);
  EXPECT_EQ(app_state_error("not_found", "x").message, "application x not found");
  EXPECT_FALSE(app_state_error("running", "main").maintaining);
  EXPECT_EQ(app_state_error("starting", "main", "syncing").message, "syncing");
  GatewayError odd = app_state_error("odd", "main");
  EXPECT_EQ(odd.status, 500);
  EXPECT_EQ(odd.code, "odd");
  EXPECT_EQ(odd.message, "unknown error");
  GatewayError busy = app_state_error("commanding", "main", "upgrading");
  busy.command = JsonObject{{"name", "upgrade"}};
  EXPECT_EQ(j(gateway_body(busy)).at("error").at("command").at("name"), Json("upgrade"));
}

}  // namespace
}  // namespace flotilla::api
