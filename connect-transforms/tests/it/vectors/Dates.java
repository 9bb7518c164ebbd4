import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.text.SimpleDateFormat;
import java.util.Calendar;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.Locale;
import java.util.Random;
import java.util.TimeZone;

/** Prints what `SimpleDateFormat` writes and reads: `java Dates.java > dates.tsv`, see README.md. */
class Dates {
    static final String[] ZONES = {
        "UTC", "UTC", "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Dublin",
        "GMT+05:30", "Pacific/Apia",
    };
    static final String[] PATTERNS = {
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss.SSSX", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "yyyy-MM-dd'T'HH:mm:ss'Z'",
        "yyyy-MM-dd HH:mm:ss", "yyyyMMdd", "yyyyMMddHHmmss", "yyyyMMddHHmmssSSS", "yyMMdd", "yyMMddHHmm", "dd/MM/yyyy",
        "d/M/yy", "MM/dd/yy hh:mm a", "EEE, d MMM yyyy HH:mm:ss Z", "EEEE, MMMM dd, yyyy h:mm a z", "yyyy.MM.dd G 'at' HH:mm:ss z",
        "YYYY-'W'ww-u", "yyyy-DDD", "yyyyDDD", "yyyy MMM W EEE", "yyyy M F E", "yyyy w u", "yyyy ww EEE", "Y w E", "YYww",
        "hh 'o''clock' a, zzzz", "K:mm a, z", "k:mm", "H", "h a", "SSS", "s.S", "y", "yy", "yyy", "Y", "L LL LLL LLLL", "M MM MMM MMMM",
        "yyyyMMM", "ddMMMyyyy", "dMMMyy:HH:mm", "HHmm", "Hmm", "yyyy G", "G y", "yyyy-MM-dd HH:mm:ss.SSSSSS", "X", "XX", "XXX", "Z", "z",
        "yyyy-MM-dd HH:mm z", "yyyy-MM-dd HH:mm zzzz", "yyyy-MM-dd HH:mm Z", "E", "EEEE u", "a", "W", "F", "D", "w", "MMM d, yyyy",
        "''yyyy''", "yyyy'年'MM'月'dd'日'", "yyyyMMddHH", "y-M-d H:m:s", "MM", "dd", "yyyy W", "yyyy MM W", "yyyy MM F", "yyyy MM F u",
        "yyyy MM W u", "yyyy MM dd D", "D yyyy MM dd", "H h a", "h a H", "a H", "Y M d", "y Y", "Y y w", "yyyyE", "ssSSS",
    };
    static final String LETTERS = "GyYMLwWdDFEuaHkKhmsSzZX";
    static final String[] LITERALS = {" ", "-", "/", ":", ".", ", ", "'T'", "''", "", ""};
    static final String[] TEXTS = {
        "2023-13-45 junk", "2020-02-30", "2020-2-3", "2020- 2- 3", "20200203", "1582-10-04", "1582-10-05", "1582-10-14", "1582-10-15", "0001-01-01", "0000-01-01",
        "2024-03-31 02:30 z", "2024-10-27 02:30 CEST", "2024-10-27 02:30 CET", "2020-07-01 12:00 PST", "2020-07-01 12:00 PDT", "2020-07-01 12:00 GMT+2:00",
        "2020-07-01 12:00 GMT", "2020-07-01 12:00 +0530", "2020-07-01 12:00 -08", "2020-07-01 12:00 utc", "2020-07-01 12:00 IST", "2020-07-01 12:00 BST", "2020-07-01 12:00 JST",
        "2020-07-01 12:00 Eastern Daylight Time", "2020-07-01 12:00 Central European Summer Time", "2024-03-31 02:30", "2024-10-27 02:30", "2024-03-10 02:30 EST", "2024-11-03 01:30",
        "49", "50", "51", "00", "99", "1e3", "1E3", "15E-1", "-5", "+5", "NaN", "∞", "-∞", "4294967297", "99999999999999999999", "-", "", " ", "24", "0", "12 AM", "12 pm", "0 PM",
        "1949-12-31", "491231", "500101", "1 JAN 2020", "1 september 2020", "Tue, 3 Jun 2008 11:05:30 +0000", "Wed, 3 Jun 2008 11:05:30 GMT", "2020 Feb 3 Mon", "2020 2 -1 Sun", "2020 2 5 Sun", "2020 53 7", "2020 1 9", "2020 1 -3",
        "2020-W01-1", "2020-W53-9", "1582 1 1", "2020 BC", "1 AD", "5 Before Christ", "Z", "+01", "+0130", "+01:30", "+1", "z", "+24:00", "-2359",
    };
    static final Random RANDOM = new Random(7);
    static PrintStream out;

    public static void main(String[] arguments) {
        out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        long[] instants = {
            0, -1, 1, 1577836800000L, 1593604800123L, 1709164800000L, 1711846799999L, 1711846800000L, 1729990800000L, 1729994400000L,
            -12219292800000L, -12219292800001L, -62135596800000L, -62135769600001L, -62198755200000L, 253402300799999L, 4102444800000L,
            1609459199999L, 1640995200000L, 1672444800000L, -2208988800001L, 32503680000000L, 1000000000000000L,
        };
        for (String pattern : PATTERNS) {
            for (int i = 0; i < 9; i++) {
                format(zone(pattern), pattern, i < 6 ? pick(instants) : instant());
            }
            for (int i = 0; i < 7; i++) {
                String zone = zone(pattern);
                parse(zone, pattern, mutate(written(zone, pattern, instant())));
            }
        }
        for (String text : TEXTS) {
            for (String pattern : PATTERNS) {
                if (RANDOM.nextInt(9) == 0 || shape(text).equals(shape(written("UTC", pattern, 1593604800123L)))) {
                    parse(zone(pattern), pattern, text);
                }
            }
        }
        for (int i = 0; i < 500; i++) {
            String pattern = pattern();
            String zone = zone(pattern);
            format(zone, pattern, instant());
            parse(zone, pattern, mutate(written(zone, pattern, instant())));
        }
        out.flush();
    }

    static String shape(String text) {
        return text.replaceAll("[0-9]+", "0").replaceAll("[A-Za-z]+", "a");
    }

    static long pick(long[] from) {
        return from[RANDOM.nextInt(from.length)];
    }

    /** What these zones are called is not in our table. */
    static String zone(String pattern) {
        String zone = ZONES[RANDOM.nextInt(ZONES.length)];
        boolean named = !zone.equals("Australia/Lord_Howe") && !zone.equals("Pacific/Apia");
        return named || !pattern.contains("z") ? zone : "UTC";
    }

    static long instant() {
        return switch (RANDOM.nextInt(4)) {
            case 0 -> -RANDOM.nextLong(70_000_000_000_000L);
            case 1 -> RANDOM.nextLong(9_000_000_000_000L);
            default -> RANDOM.nextLong(2_000_000_000_000L);
        };
    }

    static String pattern() {
        StringBuilder pattern = new StringBuilder();
        for (int i = 1 + RANDOM.nextInt(6); i > 0; i--) {
            char letter = LETTERS.charAt(RANDOM.nextInt(LETTERS.length()));
            int count = 1 + RANDOM.nextInt(letter == 'X' ? 3 : letter == 'z' ? 3 : 5);
            pattern.append(String.valueOf(letter).repeat(count)).append(LITERALS[RANDOM.nextInt(LITERALS.length)]);
        }
        // Two runs of X may have met.
        return pattern.toString().contains("XXXX") ? pattern() : pattern.toString();
    }

    static String mutate(String text) {
        StringBuilder changed = new StringBuilder(text);
        int at = text.isEmpty() ? 0 : RANDOM.nextInt(text.length());
        switch (RANDOM.nextInt(9)) {
            case 0 -> changed.insert(at, ' ');
            case 1 -> changed.insert(at, (char) ('0' + RANDOM.nextInt(10)));
            case 2 -> changed.append(" junk");
            case 3 -> changed.setLength(at);
            case 4, 5, 6 -> {
                for (int i = 0; i < changed.length(); i++) {
                    if (Character.isDigit(changed.charAt(i)) && RANDOM.nextInt(3) == 0) {
                        changed.setCharAt(i, (char) ('0' + RANDOM.nextInt(10)));
                    }
                }
            }
            case 7 -> changed.insert(at, '-');
            default -> { }
        }
        return changed.toString();
    }

    static SimpleDateFormat format(String zone, String pattern) {
        SimpleDateFormat format = new SimpleDateFormat(pattern, Locale.US);
        format.setTimeZone(TimeZone.getTimeZone(zone));
        Calendar start = new GregorianCalendar(TimeZone.getTimeZone(zone), Locale.US);
        start.clear();
        start.set(1950, Calendar.JANUARY, 1);
        format.set2DigitYearStart(start.getTime());
        return format;
    }

    static String written(String zone, String pattern, long millis) {
        return format(zone, pattern).format(new Date(millis));
    }

    static void format(String zone, String pattern, long millis) {
        out.println("f\t" + zone + "\t" + pattern + "\t" + millis + "\t" + written(zone, pattern, millis));
    }

    static void parse(String zone, String pattern, String text) {
        String millis;
        try {
            millis = String.valueOf(format(zone, pattern).parse(text).getTime());
        } catch (ParseException e) {
            millis = "!";
        }
        out.println("p\t" + zone + "\t" + pattern + "\t" + millis + "\t" + text);
    }
}
