// Creating, changing and reading records over a real database: values, defaults, generated fields, errors.
#include <gtest/gtest.h>

#include "lib/cpp/data_world.hpp"

namespace flotilla::data::test {
namespace {

struct DataCrud : testing::Test {
  DataWorld world;
  void SetUp() override {
    world.collection(R"({"name":"posts","createdAt":true,"updatedAt":true,"sortable":true,"fields":[
      {"name":"title","type":"string","allowNull":false,"title":"Title of post"},{"name":"slug","type":"string","unique":true,"trim":true},
      {"name":"views","type":"integer","defaultValue":7},{"name":"price","type":"double"},{"name":"on","type":"boolean"},
      {"name":"labels","type":"array","defaultValue":[]},{"name":"marks","type":"set"},{"name":"meta","type":"json"},
      {"name":"at","type":"date"},{"name":"wall","type":"datetimeNoTz"},{"name":"day","type":"dateOnly"},{"name":"unix","type":"unixTimestamp"}]})");
  }
  std::string refused(const std::string& values) {
    return refusal([&] { world.create("posts", values); }).message;
  }
};

TEST_F(DataCrud, CreatedWithDefaultsAndReadBack) {
  Json made =
      world.create("posts", R"({"title":5,"labels":["b","a"],"marks":[1,1,2],"meta":{"x":[1,{"y":null}]}})");
  EXPECT_EQ(made.at("id"), Json(1));
  EXPECT_EQ(made.at("title"), Json("5"));
  EXPECT_EQ(made.at("views"), Json(7));
  EXPECT_EQ(json::dump(made.at("labels")), R"(["a","b"])");
  EXPECT_EQ(json::dump(made.at("marks")), "[1,2]");
  EXPECT_EQ(json::dump(made.at("meta")), R"({"x":[1,{"y":null}]})");
  EXPECT_EQ(made.at("createdAt"), Json("2024-05-06T07:08:09.000Z"));
  EXPECT_EQ(json::dump(world.first("posts", R"({"id":1})")), json::dump(made));
}

TEST_F(DataCrud, EmptyRecord) {
  world.collection(R"({"name":"blank"})");
  EXPECT_EQ(world.create("blank", "{}").at("id"), Json(1));
  world.collection(R"({"name":"nothing","autoGenId":false})");
  EXPECT_EQ(world.sql("SELECT name FROM sqlite_master WHERE name = 'nothing'").size(), 0u);
}

TEST_F(DataCrud, UpdateTouchesOnlyWhatIsGiven) {
  world.create("posts", R"({"title":"a","price":1.5})");
  world.now_ms += 1000;
  Json after = world.update("posts", "1", R"({"price":2,"createdAt":"2000-01-01T00:00:00Z"})");
  EXPECT_EQ(after.at("title"), Json("a"));
  EXPECT_EQ(after.at("price").to_number<double>(), 2);
  EXPECT_EQ(after.at("updatedAt"), Json("2024-05-06T07:08:10.000Z"));
  EXPECT_EQ(world.update("posts", "1", R"({"nosuch":1})").at("title"), Json("a"));
}

TEST_F(DataCrud, KeysStay) {
  world.create("posts", R"({"title":"a"})");
  EXPECT_EQ(world.update("posts", "1", R"({"id":null,"title":"b"})").at("title"), Json("b"));
  EXPECT_EQ(world.update("posts", "1", R"({"id":9,"title":"c"})").at("title"), Json("c"));
  EXPECT_EQ(world.ids("posts", "{}"), "1");
}

TEST_F(DataCrud, ErrorsNameTheLabel) {
  EXPECT_EQ(refused("{}"), "Title of post cannot be null");
  EXPECT_EQ(refused(R"({"title":null})"), "Title of post cannot be null");
  world.create("posts", R"({"title":"a","slug":"s"})");
  Refusal twice = refusal([&] { world.create("posts", R"({"title":"b","slug":" s "})"); });
  EXPECT_EQ(twice.status, 400);
  EXPECT_EQ(twice.message, "slug already exists");
  world.create("posts", R"({"title":"b"})");
  EXPECT_EQ(refusal([&] { world.update("posts", "2", R"({"slug":"s"})"); }).message, "slug already exists");
  EXPECT_EQ(refusal([&] { world.update("posts", "2", R"({"title":null})"); }).message,
            "Title of post cannot be null");
  EXPECT_EQ(world.ids("posts", "{}"), "1,2");
}

TEST_F(DataCrud, EmptyUniqueTextIsNull) {
  world.create("posts", R"({"title":"a","slug":""})");
  EXPECT_EQ(world.create("posts", R"({"title":"b","slug":"  "})").at("slug"), Json());
}

TEST_F(DataCrud, WrongTypesAreRefusedByName) {
  for (std::string bad : {R"({"title":"a","views":"many"})", R"({"title":"a","views":99999999999})",
                          R"({"title":"a","views":1.5})", R"({"title":"a","on":"maybe"})",
                          R"({"title":"a","at":"yesterday-ish"})", R"({"title":"a","price":"1e999"})",
                          R"({"title":"a","views":{"a":1}})"}) {
    Refusal r = refusal([&] { world.create("posts", bad); });
    EXPECT_EQ(r.status, 400) << bad << r.message;
  }
  EXPECT_NE(refused(R"({"title":"a","views":"many"})").find("views"), std::string::npos);
}

TEST_F(DataCrud, DatesInZones) {
  world.zone.server_minutes = 120;
  Json made = world.create(
      "posts",
      R"({"title":"a","at":"2024-01-15 12:00:00","wall":"2024-01-15T10:00:00.000Z","day":"2023-03-24","unix":"2024-01-15T10:00:00.000Z"})");
  EXPECT_EQ(made.at("at"), Json("2024-01-15T10:00:00.000Z"));
  EXPECT_EQ(made.at("wall"), Json("2024-01-15 12:00:00"));
  EXPECT_EQ(made.at("day"), Json("2023-03-24"));
  EXPECT_EQ(made.at("unix"), Json("2024-01-15T10:00:00.000Z"));
  EXPECT_EQ(world.create("posts", R"({"title":"b","unix":1705312800})").at("unix"),
            Json("2024-01-15T10:00:00.000Z"));
  EXPECT_EQ(world.ids("posts", R"({"at.$dateOn":"2024-01-15"})"), "1");
  world.request_minutes = -11 * 60;
  EXPECT_EQ(world.ids("posts", R"({"at.$dateOn":"2024-01-15"})"), "");
  EXPECT_EQ(world.ids("posts", R"({"at.$dateOn":"2024-01-14"})"), "1");
  EXPECT_EQ(world.ids("posts", R"({"unix.$dateOn":"2024-01-14"})"), "1,2");
  EXPECT_EQ(world.ids("posts", R"({"day.$dateAfter":"2023-03-23"})"), "1");
  EXPECT_EQ(world.ids("posts", R"({"day.$dateAfter":"2023-03-24"})"), "");
}

TEST_F(DataCrud, GeneratedIds) {
  world.collection(
      R"({"name":"ids","autoGenId":false,"fields":[{"name":"s","type":"snowflakeId","primaryKey":true},{"name":"u","type":"uuid"},
    {"name":"n","type":"nanoid","size":5,"customAlphabet":"ab"},{"name":"d","type":"uid","prefix":"x_"},{"name":"off","type":"uuid","autoFill":false}]})");
  Json a = world.create("ids", R"({"u":"","n":null})");
  Json b = world.create("ids", "{}");
  EXPECT_GT(b.at("s").as_int64(), a.at("s").as_int64());
  EXPECT_EQ(a.at("u").as_string().size(), 36u);
  EXPECT_EQ(a.at("n").as_string().size(), 5u);
  EXPECT_EQ(std::string_view(a.at("n").as_string()).find_first_not_of("ab"), std::string_view::npos);
  EXPECT_TRUE(std::string_view(a.at("d").as_string()).starts_with("x_"));
  EXPECT_EQ(a.at("off"), Json());
  EXPECT_EQ(refusal([&] { world.create("ids", R"({"d":"a b"})"); }).status, 400);
  EXPECT_EQ(refusal([&] { world.create("ids", R"({"u":"nope"})"); }).status, 400);
}

TEST_F(DataCrud, ComputedFields) {
  world.collection(
      R"({"name":"orders","fields":[{"name":"price","type":"double","defaultValue":3},{"name":"n","type":"integer"},
    {"name":"sum","type":"formula","engine":"math.js","expression":"{{price}}*{{n}}","dataType":"double"},
    {"name":"code","type":"sequence","patterns":[{"type":"string","options":{"value":"A"}},{"type":"integer","options":{"digits":3,"start":8}}]}]})");
  Json one = world.create("orders", R"({"n":2})");
  EXPECT_EQ(one.at("sum").to_number<double>(), 6);
  EXPECT_EQ(one.at("code"), Json("A008"));
  EXPECT_EQ(world.create("orders", R"({"n":2,"code":null})").at("code"), Json("A009"));
  EXPECT_EQ(world.create("orders", R"({"n":2,"code":"own"})").at("code"), Json("own"));
  EXPECT_EQ(world.create("orders", R"({"n":2,"code":""})").at("code"), Json("A010"));
  EXPECT_EQ(world.update("orders", "1", R"({"n":5})").at("sum").to_number<double>(), 15);
}

TEST_F(DataCrud, RadioClearsTheOthers) {
  world.collection(R"({"name":"options","fields":[{"name":"main","type":"radio"}]})");
  world.create("options", R"({"main":true})");
  world.create("options", R"({"main":true})");
  EXPECT_EQ(world.column("options", "main"), "false,true");
  world.update("options", "1", R"({"main":true})");
  EXPECT_EQ(world.column("options", "main"), "true,false");
  world.update("options", "1", R"({"main":false})");
  EXPECT_EQ(world.column("options", "main"), "false,false");
}

TEST_F(DataCrud, SortWithinScopes) {
  world.collection(
      R"({"name":"cards","fields":[{"name":"list","type":"string"},{"name":"pos","type":"sort","scopeKey":"list"}]})");
  for (std::string list : {"\"a\"", "\"a\"", "\"b\"", "null", "null"})
    world.create("cards", R"({"list":)" + list + "}");
  EXPECT_EQ(world.column("cards", "pos"), "1,2,1,1,2");
  world.update("cards", "1", R"({"list":"b"})");
  EXPECT_EQ(world.column("cards", "pos"), "2,2,1,1,2");
  world.update("cards", "1", R"({"list":"b"})");
  EXPECT_EQ(world.column("cards", "pos"), "2,2,1,1,2");
}

TEST_F(DataCrud, Moving) {
  world.collection(
      R"({"name":"cards","fields":[{"name":"list","type":"string"},{"name":"pos","type":"sort","scopeKey":"list"}]})");
  for (int i = 0; i < 4; ++i) world.create("cards", R"({"list":"a"})");
  world.create("cards", R"({"list":"b"})");
  auto move = [&](Json source, Json target, bool after) {
    MoveRequest request;
    request.source_id = source;
    request.target_id = target;
    request.sort_field = "pos";
    request.insert_after = after;
    world.move("cards", request);
    return world.column("cards", "id", R"({"list":"a"})", R"(["pos"])");
  };
  EXPECT_EQ(move(1, 3, false), "2,3,1,4");
  EXPECT_EQ(move(4, 2, false), "4,2,3,1");
  EXPECT_EQ(move(1, 4, true), "4,1,2,3");
  EXPECT_EQ(move(1, 1, false), "4,1,2,3");
  EXPECT_EQ(move(5, 1, false), "4,5,1,2,3");
  EXPECT_EQ(refusal([&] { move(99, 1, false); }).status, 400);
  MoveRequest to_scope;
  to_scope.source_id = 3;
  to_scope.sort_field = "pos";
  to_scope.target_scope = json::parse(R"({"list":"b"})");
  world.move("cards", to_scope);
  EXPECT_EQ(world.ids("cards", R"({"list":"b"})"), "3");
  to_scope.target_scope = nullptr;
  EXPECT_EQ(refusal([&] { world.move("cards", to_scope); }).status, 400);
  to_scope.sticky = true;
  world.move("cards", to_scope);
  EXPECT_EQ(world.column("cards", "pos", R"({"id":3})"), "0");
  to_scope.sort_field = "list";
  EXPECT_EQ(refusal([&] { world.move("cards", to_scope); }).status, 400);
}

TEST_F(DataCrud, WithoutPrimaryKey) {
  world.collection(
      R"({"name":"logs","autoGenId":false,"fields":[{"name":"line","type":"string"},{"name":"level","type":"string"},{"name":"data","type":"json"}]})");
  Json made = world.create("logs", R"({"line":"x","data":{"a":1}})");
  ASSERT_TRUE(made.is_object());
  EXPECT_EQ(made.at("line"), Json("x"));
  world.create("logs", R"({"line":"y"})");
  EXPECT_EQ(world.list("logs", R"({"pageSize":1})").at("meta").at("count"), Json(2));
  EXPECT_EQ(refusal([&] { world.destroy("logs", R"({"line":"x"})"); }).status, 400);
}

TEST_F(DataCrud, CompositeKeys) {
  world.collection(
      R"({"name":"stock","autoGenId":false,"filterTargetKey":["shop","item"],"fields":[{"name":"shop","type":"integer","primaryKey":true},
    {"name":"item","type":"string","primaryKey":true},{"name":"n","type":"integer"}]})");
  EXPECT_EQ(world.create("stock", R"({"shop":1,"item":"a","n":1})").at("n"), Json(1));
  world.create("stock", R"({"shop":1,"item":"b","n":2})");
  EXPECT_EQ(world.update("stock", R"({"shop":1,"item":"b"})", R"({"n":5})").at("n"), Json(5));
  EXPECT_EQ(world.column("stock", "n", "{}", R"(["item"])"), "1,5");
  EXPECT_EQ(refusal([&] { world.list("stock", R"({"keys":"1"})"); }).message,
            "multi filter target key value must be object");
  EXPECT_EQ(world.list("stock", R"({"keys":[{"shop":1,"item":"a"},{"shop":2,"item":"b"}]})")
                .at("data")
                .as_array()
                .size(),
            1u);
  EXPECT_EQ(refusal([&] { world.create("stock", R"({"shop":1,"item":"a"})"); }).status, 400);
  EXPECT_EQ(world.destroy("stock", "{}", R"({"shop":1,"item":"a"})"), 1);
  EXPECT_EQ(world.column("stock", "item", "{}", R"(["item"])"), "b");
}

TEST_F(DataCrud, AnErrorUndoesTheWholeWriteButNotItsNeighbours) {
  auto schema = world.schema();
  std::vector<std::string> ends(3);
  boost::asio::io_context io;
  auto one = [&](std::size_t i) -> Task<void> {
    RequestScope scope{*schema, {}, world.now_ms, 0, 0, nullptr};
    IdSource ids = [] { return 1; };
    WriteScope writing(scope, Random::system(), ids);
    NestedUpdates none;
    Work work = [&](Session& session) -> Task<void> {
      JsonObject good{{"title", "t" + std::to_string(i)}};
      co_await create_record(session, writing, schema->collection("posts"), good, none);
      JsonObject second{{"title", "u"}, {"views", i == 1 ? Json("bad") : Json(1)}};
      co_await create_record(session, writing, schema->collection("posts"), second, none);
    };
    try {
      co_await world.db().write(work);
      ends[i] = "ok";
    } catch (const Error& error) {
      ends[i] = "refused";
    }
  };
  for (std::size_t i = 0; i < 3; ++i) boost::asio::co_spawn(io, one(i), [](std::exception_ptr) {});
  io.run();
  EXPECT_EQ(ends, (std::vector<std::string>{"ok", "refused", "ok"}));
  EXPECT_EQ(world.column("posts", "title", "{}", R"(["title"])"), "t0,t2,u,u");
}

}  // namespace
}  // namespace flotilla::data::test
