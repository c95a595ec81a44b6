#include "ops/chaos/plan.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "base/json.hpp"

namespace flotilla::ops::chaos {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

Json minimal() {
  return json::parse(R"({
    "name": "staging", "url": "http://127.0.0.1:13000",
    "nodes": [{"name": "one", "url": "http://[::1]:13001/"}],
    "faults": [{"name": "kill", "allows": "in flight", "do": "kill", "undo": "start", "holdMs": 250, "weight": 3}]
  })");
}

std::string refusal(const Json& plan) {
  try {
    parse_plan(json::dump(plan));
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), 400);
    return error.what();
  }
  return "taken";
}

TEST(ChaosPlan, IsReadWithItsDefaults) {
  const Plan plan = parse_plan(json::dump(minimal()));
  EXPECT_EQ(plan.name, "staging");
  EXPECT_EQ(plan.balancer.text(), "http://127.0.0.1:13000");
  EXPECT_EQ(plan.nodes.at(0).target.host, "::1");
  EXPECT_EQ(plan.nodes.at(0).target.port, "13001");
  EXPECT_EQ(plan.credentials.password, "FLOTILLA_CHAOS_PASSWORD");
  EXPECT_EQ(plan.duration, std::chrono::seconds(120));
  ASSERT_EQ(plan.faults.size(), 1u);
  EXPECT_EQ(plan.faults[0].allows, Allows::in_flight);
  EXPECT_EQ(plan.faults[0].hold, std::chrono::milliseconds(250));
  EXPECT_EQ(plan.faults[0].weight, 3);
}

TEST(ChaosPlan, NamesTheMemberThatIsWrong) {
  auto with = [](auto change) {
    Json plan = minimal();
    change(plan.as_object());
    return refusal(plan);
  };
  EXPECT_THAT(with([](JsonObject& p) { p.erase("name"); }), HasSubstr("name: takes a text"));
  EXPECT_THAT(with([](JsonObject& p) { p["url"] = "https://127.0.0.1"; }), HasSubstr("url: takes http://"));
  EXPECT_THAT(with([](JsonObject& p) { p["url"] = "http://a/path"; }), HasSubstr("url: takes http://"));
  EXPECT_THAT(with([](JsonObject& p) { p["nodes"] = JsonArray{}; }), HasSubstr("nodes: takes a list"));
  EXPECT_THAT(with([](JsonObject& p) { p["nodes"].as_array()[0].as_object()["url"] = "x"; }),
              HasSubstr("nodes[0].url"));
  EXPECT_THAT(with([](JsonObject& p) { p["clients"] = 0; }),
              HasSubstr("clients: takes a whole number from 1"));
  EXPECT_THAT(with([](JsonObject& p) { p["cleints"] = 4; }), HasSubstr("cleints: is not known"));
  EXPECT_THAT(with([](JsonObject& p) { p["faults"].as_array()[0].as_object()["allows"] = "all"; }),
              HasSubstr("faults[0].allows: takes nothing, in flight or meanwhile"));
  EXPECT_THAT(with([](JsonObject& p) { p["faults"].as_array()[0].as_object()["weight"] = 0; }),
              HasSubstr("faults[0].weight"));
  EXPECT_THAT(with([](JsonObject& p) { p["faults"].as_array().push_back(Json(p["faults"].as_array()[0])); }),
              HasSubstr("faults: two are called \"kill\""));
}

TEST(ChaosPlan, KnowsWhatLooksLikeProduction) {
  Plan plan = parse_plan(json::dump(minimal()));
  EXPECT_THAT(looks_like_production(plan), IsEmpty());
  plan.name = "reproduction of a product, delivered";
  EXPECT_THAT(looks_like_production(plan), IsEmpty());
  plan.name = "EU-Prod";
  EXPECT_THAT(looks_like_production(plan), HasSubstr("EU-Prod"));
  plan.name = "staging";
  plan.nodes[0].target.host = "node1.live.example.com";
  EXPECT_THAT(looks_like_production(plan), HasSubstr("node1.live.example.com"));
}

}  // namespace
}  // namespace flotilla::ops::chaos
