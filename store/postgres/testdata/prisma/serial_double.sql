-- An older shop: integer ids, one picture, prices in double precision, everything that sorts may be NULL.
CREATE TABLE "Category" (
    "id" SERIAL NOT NULL,
    "name" VARCHAR(191) NOT NULL,

    CONSTRAINT "Category_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Product" (
    "id" SERIAL NOT NULL,
    "name" VARCHAR(191) NOT NULL,
    "slug" VARCHAR(191) NOT NULL,
    "image" TEXT,
    "category" VARCHAR(191) NOT NULL,
    "price" DOUBLE PRECISION NOT NULL,
    "listPrice" DOUBLE PRECISION,
    "avgRating" DOUBLE PRECISION,
    "numSales" INTEGER,
    "isPublished" BOOLEAN,

    CONSTRAINT "Product_pkey" PRIMARY KEY ("id")
);

INSERT INTO "Category" ("name") VALUES ('Mugs'), ('Caps'), ('Mugs');
INSERT INTO "Product" ("name", "slug", "image", "category", "price", "listPrice", "avgRating", "numSales", "isPublished") VALUES
    ('Plain', 'plain', '/p.png', 'Mugs', 7.005, NULL, NULL, NULL, true),
    ('Best', 'best', NULL, 'Mugs', 19.99, 25, 3, 7, true),
    ('Rated', 'rated', '', 'Mugs', 0.1, 0.1, 5, NULL, true),
    ('Unsure', 'unsure', '', 'Mugs', 1, NULL, 5, 100, NULL),
    ('Cursed', 'cursed', '', 'Mugs', 'NaN', NULL, 5, 50, true),
    ('Endless', 'endless', '', 'Mugs', 'Infinity', NULL, 5, 40, true),
    ('Huge', 'huge', '', 'Mugs', 1e300, NULL, 5, 30, true),
    ('Debt', 'debt', '', 'Mugs', -1, NULL, 5, 20, true);
