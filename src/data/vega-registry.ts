/**
 * The tables and series of the npm package `vega-datasets` that are of use here, each with a target that
 * makes sense. `drop` names the columns that would give the target away.
 */
import type { DatasetInfo } from "./dataset.js";

export interface VegaEntry extends DatasetInfo {
  readonly kind: "table" | "series";
  readonly file: string;
  readonly target: string;
  readonly drop?: readonly string[];
  /** Series: the column of times, and that which tells several series apart. */
  readonly time?: string;
  readonly group?: string;
  readonly lags?: number;
}

const table = (
  name: string,
  file: string,
  task: "classification" | "regression",
  target: string,
  examples: number,
  description: string,
  drop?: readonly string[],
): VegaEntry => ({ name, kind: "table", file, task, target, examples, description, drop });

const series = (
  name: string,
  file: string,
  target: string,
  time: string,
  examples: number,
  description: string,
  more: { group?: string; lags?: number } = {},
): VegaEntry => ({
  name,
  kind: "series",
  task: "regression",
  file,
  target,
  time,
  examples,
  description,
  ...more,
});

export const VEGA: readonly VegaEntry[] = [
  table(
    "penguins",
    "penguins.json",
    "classification",
    "Species",
    344,
    "three species of penguins by measures of their bodies",
  ),
  table("cars", "cars.json", "regression", "Miles_per_Gallon", 406, "fuel use of cars of 1970 to 1982"),
  table(
    "seattle-weather",
    "seattle-weather.csv",
    "classification",
    "weather",
    1461,
    "kind of weather in Seattle, daily, 2012 to 2015",
  ),
  table(
    "weather",
    "weather.csv",
    "classification",
    "weather",
    2922,
    "kind of weather in Seattle and New York, daily, 2012 to 2015",
  ),
  table(
    "birdstrikes",
    "birdstrikes.csv",
    "classification",
    "Effect Amount of damage",
    10_000,
    "damage to aircraft that met wildlife",
    ["Cost Other", "Cost Repair", "Cost Total $"],
  ),
  table(
    "airports",
    "airports.csv",
    "classification",
    "state",
    3376,
    "state of airports of the United States by position",
    ["iata", "name", "city", "country"],
  ),
  table(
    "zipcodes",
    "zipcodes.csv",
    "classification",
    "state",
    42_049,
    "state of places of the United States by position",
    ["zip_code", "city", "county"],
  ),
  table(
    "movies",
    "movies.json",
    "regression",
    "IMDB Rating",
    3201,
    "rating of films by budget, genre, takings",
    ["Title", "Rotten Tomatoes Rating"],
  ),
  table(
    "flights-10k",
    "flights-10k.json",
    "regression",
    "delay",
    10_000,
    "delay of flights of 2001, in minutes",
  ),
  table(
    "flights-3m",
    "flights-3m.parquet",
    "regression",
    "delay",
    3_000_000,
    "delay of three million flights of 2001, in minutes (Parquet)",
  ),
  table(
    "gapminder",
    "gapminder.json",
    "regression",
    "life_expect",
    682,
    "life expectancy of countries, 1955 to 2005",
  ),
  table(
    "gapminder-health-income",
    "gapminder-health-income.csv",
    "regression",
    "health",
    187,
    "life expectancy of countries by income and population",
  ),
  table("barley", "barley.json", "regression", "yield", 120, "yield of barley by variety, site and year"),
  table(
    "windvectors",
    "windvectors.csv",
    "regression",
    "speed",
    4800,
    "speed of wind by place and direction",
  ),
  table(
    "population",
    "population.json",
    "regression",
    "people",
    570,
    "people by year, age and sex, 1850 to 2000",
  ),
  table(
    "unemployment-across-industries",
    "unemployment-across-industries.json",
    "regression",
    "rate",
    1708,
    "rate of unemployment by industry and month, in per cent",
    ["count"],
  ),
  series("stocks", "stocks.csv", "price", "date", 560, "monthly price of five stocks, 2000 to 2010", {
    group: "symbol",
  }),
  series("sp500", "sp500.csv", "price", "date", 123, "S&P 500, monthly, 2000 to 2010", { lags: 6 }),
  series("sp500-2000", "sp500-2000.csv", "close", "date", 5104, "S&P 500, daily, 2000 to 2020"),
  series(
    "co2-concentration",
    "co2-concentration.csv",
    "CO2",
    "Date",
    741,
    "carbon dioxide in the air, monthly",
  ),
  series(
    "seattle-temperature",
    "seattle-weather.csv",
    "temp_max",
    "date",
    1461,
    "highest temperature in Seattle, daily, 2012 to 2015",
  ),
  series(
    "seattle-weather-hourly-normals",
    "seattle-weather-hourly-normals.csv",
    "temperature",
    "date",
    8759,
    "normal temperature in Seattle, hourly, one year",
    { lags: 24 },
  ),
  series("global-temp", "global-temp.csv", "temp", "year", 144, "global temperature anomaly, yearly"),
  series("us-employment", "us-employment.csv", "nonfarm", "month", 120, "jobs in the United States, monthly"),
  series(
    "github",
    "github.csv",
    "count",
    "time",
    955,
    "contributions on a code host, hourly, without empty hours",
  ),
];
