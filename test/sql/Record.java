import io.trino.spi.type.ArrayType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.TimeZoneKey;
import io.trino.spi.type.Type;
import io.trino.testing.LocalQueryRunner;
import io.trino.testing.MaterializedResult;
import io.trino.testing.MaterializedRow;
import io.trino.testing.TestingSession;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Answers each line of SQL on standard input with a line of JSON: its columns' types and its rows, or its error. */
public class Record {
    public static void main(String[] arguments) throws Exception {
        var session = TestingSession.testSessionBuilder().setTimeZoneKey(TimeZoneKey.UTC_KEY).build();
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (var trino = LocalQueryRunner.create(session)) {
            for (String sql = input.readLine(); sql != null; sql = input.readLine()) {
                System.out.println("{\"sql\":" + quote(sql) + "," + answer(trino, sql) + "}");
            }
        }
        System.exit(0);
    }

    private static String answer(LocalQueryRunner trino, String sql) {
        try {
            MaterializedResult result = trino.execute(sql);
            List<Type> types = result.getTypes();
            var names = new ArrayList<String>();
            for (Type type : types) names.add(quote(type.getDisplayName()));
            var rows = new ArrayList<String>();
            for (MaterializedRow row : result.getMaterializedRows()) {
                var values = new ArrayList<String>();
                for (int i = 0; i < types.size(); i++) {
                    Object value = row.getField(i);
                    values.add(value == null ? "null" : quote(text(value, types.get(i))));
                }
                rows.add("[" + String.join(",", values) + "]");
            }
            return "\"types\":[" + String.join(",", names) + "],\"rows\":[" + String.join(",", rows) + "]";
        } catch (Throwable error) {
            return "\"error\":" + quote(String.valueOf(error.getMessage()));
        }
    }

    /** A value as Athena writes it in its results. */
    private static String text(Object value, Type type) {
        if (value == null) return "null";
        if (type instanceof ArrayType array) {
            var items = new ArrayList<String>();
            for (Object item : (List<?>) value) items.add(text(item, array.getElementType()));
            return "[" + String.join(", ", items) + "]";
        }
        if (type instanceof MapType map) {
            var entries = new ArrayList<String>();
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                entries.add(text(entry.getKey(), map.getKeyType()) + "=" + text(entry.getValue(), map.getValueType()));
            }
            return "{" + String.join(", ", entries) + "}";
        }
        if (type instanceof RowType row) {
            List<?> values = value instanceof MaterializedRow fields ? fields.getFields() : (List<?>) value;
            var fields = new ArrayList<String>();
            for (int i = 0; i < values.size(); i++) {
                var field = row.getFields().get(i);
                String name = field.getName().orElse("field" + i);
                fields.add(name + "=" + text(values.get(i), field.getType()));
            }
            return "{" + String.join(", ", fields) + "}";
        }
        return String.valueOf(value);
    }

    private static String quote(String text) {
        var quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') quoted.append('\\').append(c);
            else if (c < 0x20) quoted.append(String.format("\\u%04x", (int) c));
            else quoted.append(c);
        }
        return quoted.append('"').toString();
    }
}
