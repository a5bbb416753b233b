import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/**
 * Reads lines of "schema version bytes" (hexadecimal) from standard input, lets Kafka's own generated code read each and write it
 * again, and prints "read N" at the end, before that one line for each whose bytes changed.
 */
class SchemasBytes {
    private static final List<String> PLACES = List.of(
        "org.apache.kafka.common.message.%sData",
        "org.apache.kafka.common.message.%s",
        "org.apache.kafka.common.metadata.%s",
        "org.apache.kafka.raft.generated.%s",
        "org.apache.kafka.coordinator.group.generated.%s",
        "org.apache.kafka.coordinator.transaction.generated.%s",
        "org.apache.kafka.coordinator.share.generated.%s",
        "org.apache.kafka.server.log.remote.metadata.storage.generated.%s",
        "org.apache.kafka.storage.internals.log.generated.%s");

    public static void main(String[] args) throws Exception {
        int read = 0;
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split(" ", -1);
            Message message = create(parts[0]);
            if (message == null) continue;
            short version = Short.parseShort(parts[1]);
            // What an older release does not know yet, the comparison of the schemas tells.
            if (version > message.highestSupportedVersion()) continue;
            try {
                byte[] again = rewrite(message, version, HexFormat.of().parseHex(parts[2]));
                read++;
                String hex = HexFormat.of().formatHex(again);
                if (!hex.equals(parts[2])) System.out.println(line + " became " + hex);
            } catch (RuntimeException refused) {
                System.out.println(line + " was refused: " + refused);
            }
        }
        System.out.println("read " + read);
    }

    private static Message create(String schema) throws Exception {
        for (String place : PLACES) {
            try {
                return (Message) Class.forName(place.formatted(schema)).getConstructor().newInstance();
            } catch (ClassNotFoundException elsewhere) {
                // The next place.
            }
        }
        return null;
    }

    private static byte[] rewrite(Message message, short version, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        message.read(new ByteBufferAccessor(in), version);
        if (in.hasRemaining()) throw new IllegalStateException(in.remaining() + " bytes left over");
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer out = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(out), cache, version);
        return Arrays.copyOf(out.array(), out.position());
    }
}
