import java.util.*;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.*;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.ResolvingFileIO;
import org.apache.iceberg.rest.RESTCatalog;

/** The rows of tables as Iceberg's Java reads them, without deleted ones, sorted, with tabs between the columns:
    ReadIceberg METADATA-FILE...   or   ReadIceberg http://CATALOG NAMESPACE.TABLE...; a line "# NAME" before each. */
public class ReadIceberg {
  public static void main(String[] arguments) throws Exception {
    Map<String, String> properties = new HashMap<>();
    if (System.getenv("S3_ENDPOINT") != null) {
      properties.put("s3.endpoint", System.getenv("S3_ENDPOINT"));
      properties.put("s3.path-style-access", "true");
      properties.put("client.region", "us-east-1");
    }
    RESTCatalog catalog = null;
    List<String> names = new ArrayList<>(List.of(arguments));
    if (names.get(0).startsWith("http://")) {
      properties.put("uri", names.remove(0));
      catalog = new RESTCatalog();
      catalog.setConf(new Configuration());
      catalog.initialize("rest", properties);
    }
    for (String name : names) {
      System.out.println("# " + name);
      print(catalog != null ? catalog.loadTable(TableIdentifier.parse(name)) : fromFile(name, properties));
    }
    System.exit(0);
  }

  static Table fromFile(String location, Map<String, String> properties) {
    ResolvingFileIO files = new ResolvingFileIO();
    files.setConf(new Configuration());
    files.initialize(properties);
    return new BaseTable(new StaticTableOperations(location, files), location);
  }

  static void print(Table table) throws Exception {
    List<String> lines = new ArrayList<>();
    try (CloseableIterable<Record> records = IcebergGenerics.read(table).build()) {
      for (Record record : records) {
        List<String> fields = new ArrayList<>();
        for (int i = 0; i < record.size(); i++) fields.add(record.get(i) == null ? "\\N" : record.get(i).toString());
        lines.add(String.join("\t", fields));
      }
    }
    Collections.sort(lines);
    lines.forEach(System.out::println);
  }
}
