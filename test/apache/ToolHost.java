import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs Apache Kafka's tools one after another in one Java machine, which spares the start of one for each: a line of base64 words, the class and
 * its arguments, in; a line `code stdout stderr`, both in base64, out.
 */
public final class ToolHost {
    private static final class Exited extends RuntimeException {
        Exited() {
            super(null, null, false, false);
        }
    }

    /** The code of the first exit: some tools exit within a try block, and take it for a failure that it is no exit. */
    private static int exitCode = -1;

    /** Goes where it is told at the moment: libraries keep the stream that they found when they were loaded. */
    private static final class Switched extends OutputStream {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

        @Override
        public synchronized void write(int value) {
            kept.write(value);
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            kept.write(bytes, offset, length);
        }

        synchronized String take() {
            String text = Base64.getEncoder().encodeToString(kept.toByteArray());
            kept.reset();
            return text;
        }
    }

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        Switched out = new Switched();
        Switched err = new Switched();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        Exit.setExitProcedure((code, message) -> {
            if (exitCode < 0) exitCode = code;
            throw new Exited();
        });
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String[] words = Arrays.stream(line.split(" ")).map(ToolHost::decode).toArray(String[]::new);
            int code = run(words[0], Arrays.copyOfRange(words, 1, words.length));
            System.out.flush();
            answers.println(code + " " + out.take() + " " + err.take());
            answers.flush();
        }
    }

    private static String decode(String word) {
        return new String(Base64.getDecoder().decode(word), StandardCharsets.UTF_8);
    }

    private static int run(String className, String[] args) throws Exception {
        exitCode = -1;
        try {
            Class.forName(className).getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (InvocationTargetException error) {
            if (exitCode < 0) {
                error.getCause().printStackTrace();
                return 1;
            }
        }
        return Math.max(exitCode, 0);
    }
}
